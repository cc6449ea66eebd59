"""The review of each request: it is shown, decided, passed through the gate and recorded, in that order."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeGuard

from hitl_cli.decisions import Answer, Decider, Decision, EndLeftovers, Refuse, Reject, Respond, Run, Stop
from hitl_cli.errors import UndecidedError
from hitl_cli.forms import summary
from hitl_cli.gate import Gate
from hitl_cli.loading.failures import placed
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.loading.own_panels import OwnPanels
from hitl_cli.policy.proposals import NoRuleError
from hitl_cli.requests import CodeRequest, CommandRequest, FormRequest, Request, ToolRequest
from hitl_cli.session.command_watch import WORKFLOW, CommandWatch, UnseenChanges
from hitl_cli.session.engine.run import EngineRun
from hitl_cli.session.held import HeldCommands
from hitl_cli.session.model_watch import ModelWatch
from hitl_cli.session.ports import Keep, Person, Screen
from hitl_cli.session.previews import QuestionPreviews
from hitl_cli.session.progress import Ask, Progress
from hitl_cli.session.recorder import SessionRecorder
from hitl_cli.session.rules import QuestionRules, SessionRules, allowed_by, denial
from hitl_cli.shell import PinnedFolder, Shell
from hitl_cli.shell.fence import BEHIND, Fence, in_words
from hitl_cli.text.visible import shown_form

_LOGGER = logging.getLogger("hitl")


class Review:
    """Has a person decide on the requests of a session, one at a time.

    `unseen` are the variables that commands changed since the person last decided.
    """

    def __init__(
        self,
        person: Person,
        screen: Screen,
        shell: Shell,
        recorder: SessionRecorder,
        commands: CommandWatch,
        model: ModelWatch,
        keep: Keep,
        rules: SessionRules,
        held: HeldCommands,
    ) -> None:
        self.unseen = UnseenChanges()
        self._person = person
        self._screen = screen
        self._shell = shell
        self._recorder = recorder
        self._commands = commands
        self._model = model
        self._keep = keep
        self._rules = rules
        self._held = held
        self._gate = Gate()
        self._delegated = 0  # commands that the workflow was told to run

    def begin_run(self, own: OwnCode) -> Gate:
        """Begin another run, of a workflow with this code: no approval of the run before is valid any more.

        Returns the gate of the run.
        """
        self._own = own
        self._panels = OwnPanels(own.files())
        self._gate = self._shell.gate = Gate()
        self._delegated = 0
        self._commands.begin_run(self._gate)
        return self._gate

    async def decide(self, asked: Ask, engine: EngineRun, progress: Progress) -> Decision:
        """Return the decision on a request, after the gate has accepted it and the journal has it.

        Raises:
            UndecidedError: There is no decision, or the gate did not accept it. Nothing runs.
            JournalError: It could not be recorded. Nothing runs.
        """
        request = asked.request
        self._screen.quiet()
        if isinstance(request, CommandRequest) and not isinstance(request, CodeRequest):
            if invalid := self._rules.reload(self._shell.folder):
                self._screen.tell(invalid)
            request = await self._prepared(request) if request.delegation is None else _in_own_folder(request)
            request = replace(request, judge=lambda text: self._rules.verdict(text, self._shell))
        place = PinnedFolder(self._shell.folder)
        number = self._recorder.ask(engine, progress, request, self._model.alternatives, place.path)
        if _runs_in_shell(request):
            request = replace(
                request,
                rules=QuestionRules(
                    self._rules, self._shell, number, partial(self._recorder.note_rule, number)
                ),
                previews=QuestionPreviews(
                    self._shell,
                    self._rules.home,
                    partial(self._recorder.note_preview, number),
                    self._recorder.previews_of(number) if request.was_asked else [],
                ),
            )
        if unsaved := engine.unsaved():
            self._screen.tell(unsaved)
        if isinstance(request, FormRequest):
            request = replace(request, is_saved=self._recorder.has_state)
        decision: Decision
        refused = self._gate.open(request)
        by_rule, fence = self._by_rule(request)
        if refused is not None:
            decision, by = refused, Decider.PROGRAM
        elif by_rule is not None:
            decision, by = by_rule, Decider.RULE
        else:
            request = await self._drawn(request, engine)
            decision, by = await self._ask(asked, request, number, place), Decider.PERSON
            if _runs_in_shell(request):
                self.unseen.clear()
        self._gate.decide(decision, by)
        progress.answer(request)
        self._recorder.decide(number, request, decision, by, place.path)
        self._follow(request, decision, place, fence)
        self._screen.waiting(WORKFLOW)
        return decision

    def _by_rule(self, request: Request) -> tuple[Run | Refuse | None, Fence | None]:
        """Return what a rule decides in place of the person, and the fence for a command that it allows.

        What a person has been asked about before is not decided by a rule, nor what a fence has held.
        """
        if not isinstance(request, CommandRequest) or request.judge is None:
            return None, None
        verdict = request.judge(request.command)
        if verdict.is_denied:
            return Refuse(request.request_id, denial(verdict)), None
        folder = self._shell.folder
        if not _runs_in_shell(request) or not self._rules.runs_without_question(verdict, folder):
            return None, None
        command = request.command
        was_asked = request.was_asked or request.draft is not None or request.note or request.held
        if was_asked or request.gaps(command) or command in self._shell.held_by_fence:
            return None, None
        fence = self._rules.fence(verdict, folder)
        by = allowed_by(verdict) + _unusual(fence)
        return Run(request.request_id, command, shown_form(command), rule=by), fence

    async def _drawn(self, request: Request, engine: EngineRun) -> Request:
        """Return `request` with what a panel of the workflow's author draws for it, if there is one."""
        if isinstance(request, ToolRequest | CodeRequest) or _is_held(request):
            return request  # hitl asks these itself, not with an event of the workflow
        event_types, values = engine.told(request.request_id)
        try:
            if (panel := self._panels.of(event_types)) is None:
                return request
            return replace(request, drawing=await self._screen.draw(panel, values))
        except TimeoutError:
            problem = "it took too long"
        except Exception as caught:
            _LOGGER.warning("A panel failed", exc_info=caught)
            problem = placed(caught, self._own)
        self._screen.tell(f"The panel for {event_types[0]} could not be drawn: {problem}.")
        return request

    async def _prepared(self, request: CommandRequest) -> CommandRequest:
        """Have the shell prepare for a command; return the request with all that the person must know of it."""
        self._commands.show_background(self._shell.in_background)
        leftovers = await self._shell.leftovers()
        self._commands.show_leftovers(leftovers)
        self._shell.prepare()
        return replace(
            self._model.with_alternatives(request),
            leftovers=len(leftovers),
            changed=self.unseen.lines,
            folder=self._shell.folder,
        )

    async def _ask(self, asked: Ask, request: Request, number: int, place: PinnedFolder) -> Decision:
        """Return what the person decides, after the leftovers that they want to end first have ended."""
        if not isinstance(request, FormRequest) and request.note:
            self._screen.tell(request.note)
        if isinstance(request, CommandRequest) and request.held is not None:
            self._screen.tell(request.held.account)
        while True:
            with self._shell.asking():
                reply = await self._person.decide(
                    request,
                    asked.position,
                    asked.total,
                    lambda text: self._recorder.draft(number, text),
                )
            if isinstance(reply, Stop):
                raise UndecidedError(f"Stopped; nothing {'more ' if self._has_run_something else ''}ran.")
            if not isinstance(reply, EndLeftovers):
                return reply
            self._screen.waiting("ending the processes that were left behind")
            await self._shell.end_leftovers()
            self._screen.quiet()
            left = await self._shell.leftovers()
            self._commands.tell_ended(left)
            if isinstance(request, CommandRequest):
                request = replace(request, draft=reply.text, leftovers=len(left))

    @property
    def _has_run_something(self) -> bool:
        return bool(self._commands.ran) or self._delegated > 0

    def _follow(self, request: Request, decision: Decision, place: PinnedFolder, fence: Fence | None) -> None:
        """Show the decision, and have the shell and the commands' records expect what was approved."""
        match decision:
            case Respond():
                first, _, rest = request.text.strip().partition("\n")
                self._screen.record_answer(f"{first} ..." if rest else first, summary(decision))
            case Run() if isinstance(request, ToolRequest | CodeRequest):
                pass  # its record is shown when it has ended
            case Run(command=command, keep=keep):
                assert isinstance(request, CommandRequest)  # the gate accepts a run of nothing else
                if request.delegation:
                    self._delegated += 1
                    self._screen.record_delegated(command, request.command, decision.comment)
                    return
                if keep:
                    reads = any(each.command == command and not each.changes for each in request.alternatives)
                    self._screen.tell(self._keep(self._model.request, command, not reads))
                if not decision.rule:
                    self._remember(request, decision, place.path)
                self._commands.expect(request, decision)
                if decision.rule:
                    how = in_words(fence) if fence is not None else f"and {in_words(fence)}"
                    by = decision.rule.removesuffix(_unusual(fence))
                    self._screen.tell(f"Runs without a question, {how}: {by}")
                if fence is not None:
                    self._held.expect(request, fence)
                self._shell.note_approval(request.request_id, place, fence, passes_on=not decision.rule)
            case Reject(reason=reason):
                self._screen.record_rejection(request.text, reason)
            case Answer(text=text):
                self._screen.record_answer(request.text, text)
            case Refuse(reason=reason):
                told = ", and the model was told" if self._recorder.memory is not None else ""
                self._screen.tell(f"A proposal was not offered{told}: {reason}")

    def _remember(self, request: CommandRequest, decision: Run, folder: Path) -> None:
        """Remember a text that the person approved unchanged, and allow it from now on if they want that."""
        command = decision.command
        if command == request.command or request.offers(command):
            self._rules.note_approval(command, folder)
        if decision.again and isinstance(request.rules, QuestionRules):
            try:
                rights = request.rules.allow_again(command)
            except NoRuleError as problem:
                self._screen.tell(str(problem))
                return
            self._screen.tell(
                "From now on, exactly this text runs here without a question until the session ends"
                f"{f'; it {rights}' if rights else ''}."
            )


def _unusual(fence: Fence | None) -> str:
    """Return what the journal has of where a command ran, after the rule that allowed it; empty for the usual fence."""
    where = in_words(fence)
    return f"; it ran {where}" if where != BEHIND else ""


def _is_held(request: Request) -> bool:
    return isinstance(request, CommandRequest) and request.held is not None


def _runs_in_shell(request: Request) -> TypeGuard[CommandRequest]:
    return (
        isinstance(request, CommandRequest)
        and request.delegation is None
        and not isinstance(request, CodeRequest)
    )


def _in_own_folder(request: CommandRequest) -> CommandRequest:
    """Return a request for a command that the workflow runs, in the folder of this process."""
    try:
        return replace(request, folder=Path.cwd())
    except FileNotFoundError:
        return request
