"""The agent of LlamaIndex's documentation, whose tool waits for a person."""

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.llms.openai import OpenAI
from workflows import Context
from workflows.events import HumanResponseEvent, InputRequiredEvent


async def dangerous_task(ctx: Context) -> str:
    """Do a task that needs a person's consent."""
    question = "Are you sure you want to proceed? "
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=question,
        waiter_event=InputRequiredEvent(prefix=question, user_name="Laurie"),
        requirements={"user_name": "Laurie"},
    )
    if response.response.strip().lower() == "yes":
        return "Dangerous task completed successfully."
    return "Dangerous task aborted."


agent = FunctionAgent(
    tools=[dangerous_task], llm=OpenAI(model="gpt-4o-mini"), system_prompt="You perform dangerous tasks."
)
workflow = AgentWorkflow(agents=[agent])
