"""A survey with five fields, of which two have descriptions and two have defaults."""

from typing import Literal

from pydantic import Field
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class SurveyQuestion(InputRequiredEvent):
    title: str = "How was your visit?"


class SurveyAnswer(HumanResponseEvent):
    name: str = Field(min_length=2, description="As it is printed")
    rating: int = Field(ge=1, le=5, description="From 1 to 5")
    again: bool
    found_by: Literal["friend", "advert", "chance"] = "chance"
    comment: str = ""


class Summary(StopEvent):
    answers: dict


class Survey(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> SurveyQuestion:
        return SurveyQuestion()

    @step
    async def thank(self, ev: SurveyAnswer) -> Summary:
        return Summary(answers=ev.model_dump())


workflow = Survey(timeout=None)
