"""An agent with state, which a tool changes after a person has confirmed it."""

from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI


class Confirmation(HumanResponseEvent):
    confirmed: bool
    nickname: str | None = None


async def set_name(ctx: Context, name: str) -> str:
    """Set the user's name."""
    answer = await ctx.wait_for_event(
        Confirmation,
        waiter_id=f"name {name}",
        waiter_event=InputRequiredEvent(prefix=f"Is your name {name}?"),
        timeout=None,
    )
    if not answer.confirmed:
        return "The name was not set."
    async with ctx.store.edit_state() as ctx_state:
        ctx_state["state"]["name"] = answer.nickname or name
    return "The name was set."


async def get_name(ctx: Context) -> str:
    """Get the user's name."""
    async with ctx.store.edit_state() as ctx_state:
        return f"The name is {ctx_state['state']['name']}."


def create_workflow() -> AgentWorkflow:
    return AgentWorkflow.from_tools_or_functions(
        [set_name, get_name],
        llm=OpenAI(model="gpt-4o-mini"),
        system_prompt="You set and tell names.",
        initial_state={"name": "unset"},
        state_prompt="Current state: {state}. User message: {msg}",
    )
