"""A ReActAgent with the tool of LlamaIndex's documentation that asks before it acts."""

from llama_index.core.agent.workflow import ReActAgent
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI


async def send_email(ctx: Context, to: str) -> str:
    """Send an email."""
    question = f"Send the email to {to}?"
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=question,
        waiter_event=InputRequiredEvent(prefix=question, user_name="Laurie"),
        requirements={"user_name": "Laurie"},
    )
    return f"sent to {to}" if response.response == "yes" else f"not sent to {to}: {response.response}"


workflow = ReActAgent(tools=[send_email], llm=OpenAI(model="gpt-4o-mini"))
