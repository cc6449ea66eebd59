"""A FunctionAgent by itself, whose model makes two calls of a tool at the same time."""

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI


async def delete_file(ctx: Context, path: str) -> str:
    """Delete a file."""
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=f"delete {path}",
        waiter_event=InputRequiredEvent(prefix=f"Delete {path}?", path=path),
        requirements={"path": path},
    )
    return f"{path}: {response.response}"


agent = FunctionAgent(tools=[delete_file], llm=OpenAI(model="gpt-4o-mini"))
