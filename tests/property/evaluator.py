"""What a state machine does, straight from the reference: slow, simple, with a clock of
its own.

A run is deterministic but for ties: two branches that fail at the same moment, a limit
that ends when the work does.  There the evaluator asks its script which way to go, and
outcomes() goes all ways.

    Machine   one run: the definition, the mocks, the script
      Frame   a scope at work: its time, its variables, its events
        Fork  the children of a Parallel or Map
"""

import datetime
import heapq
import re

import intrinsics
import paths
from values import Num, UNDEFINED, Unsure, dump, hash_map_order

SECOND = 1000000
START = 1704067200 * SECOND
ANY = re.compile("")  # a Cause that the reference does not give
CONFLICT = "States.ReferencePathConflict"
MOST_OUTCOMES = 48
MOST_STATES = 4000  # entered in one run
PREFIX = "An error occurred while executing the state '{}' (entered at the event id #{}). "


class Failure(Exception):
    """An error on its way.  FINAL: neither Retry nor Catch sees it.  FORKED: it comes out
    of a Parallel or Map that has not yet written its ...StateFailed."""

    def __init__(self, error, cause, final=False):
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.final = final
        self.forked = False


class TooMany(Exception):
    """More outcomes than are worth looking at."""


class Event:
    """PREVIOUS: the events it may follow; None stands for 0.  OPTIONAL: at the very
    moment when its frame was stopped."""

    def __init__(self, type_, time, previous, details):
        self.type = type_
        self.time = time
        self.previous = previous
        self.details = details
        self.optional = False


class Result:
    """How an execution ends."""

    def __init__(self, status, output=None, error=None, cause=None):
        self.status = status
        self.output = output
        self.error = error
        self.cause = cause
        self.events = None   # of the execution itself
        self.children = []   # of each distributed child
        self.loose = False   # something was stopped: events of aborted states may be there
        self.serial = True   # the ids of all events are determined
        self.time = 0


def time_text(micros):
    stamp = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{micros // 1000 % 1000:03d}Z"


STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
                   r"(?:Z|([-+])(\d\d):(\d\d))")


def instant(text):
    """Nanoseconds since 1970 of a timestamp; None if it is none."""
    found = STAMP.fullmatch(text) if isinstance(text, str) else None
    if not found:
        return None
    try:
        day = datetime.datetime(*map(int, found.group(1, 2, 3, 4, 5, 6)))
    except ValueError:
        return None
    offset = 0
    if found.group(8):
        hours, minutes = int(found.group(9)), int(found.group(10))
        if hours > 18 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * (1 if found.group(8) == "+" else -1)
    seconds = (day - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    return (seconds - 60 * offset) * 10**9 + int((found.group(7) or "0").ljust(9, "0"))


def flat(events):
    """The events of a frame with those of its children in between."""
    out = []
    for item in events:
        if isinstance(item, Event):
            out.append(item)
        else:
            for child in item:
                out += child.kept()
    return out


def events_of(last):
    return last.events if isinstance(last, Several) else [last]


class Frame:
    def __init__(self, machine, parent, time, execution):
        self.machine = machine
        self.parent = parent        # for variables; None in an execution of its own
        self.time = time
        self.execution = execution  # context object: Execution
        self.events = []            # Event, or a list of child frames
        self.last = None
        self.first_previous = None
        self.variables = {}
        self.item = parent.item if parent else None
        self.state = None
        self.entered = None
        self.entered_time = time
        self.retries = 0
        self.outer = parent         # for being stopped; of a distributed child, too
        self.cut = None             # when it was stopped

    def emit(self, type_, details=None, previous=UNDEFINED):
        if previous is UNDEFINED:
            previous = events_of(self.last)
        event = Event(type_, self.time, previous, details or {})
        self.events.append(event)
        self.last = event
        return event

    def kept(self):
        """Its events, less what comes after its cut."""
        events, frame = flat(self.events), self
        while frame:
            if frame.cut is not None:
                events = [event for event in events if event.time <= frame.cut]
                for event in events:
                    event.optional = event.optional or event.time == frame.cut
            frame = frame.outer
        return events

    def variable(self, name):
        frame = self
        while frame:
            if name in frame.variables:
                return frame.variables[name]
            frame = frame.parent
        return UNDEFINED

    # ---- paths and templates ---------------------------------------------------------

    def context(self):
        state = {"Name": self.state, "EnteredTime": time_text(self.entered_time)}
        if self.machine.states[self.state]["Type"] == "Task":
            state["RetryCount"] = Num(self.retries)
        out = {"Execution": self.execution,
               "StateMachine": {"Name": self.machine.name}, "State": state}
        if self.item is not None:
            out["Map"] = {"Item": self.item}
        return out

    def find(self, path, data):
        """The value of PATH; paths.Missing.  UNDEFINED: there is no such variable."""
        if path.root == "$$":
            data = self.context()
            if path.steps[:2] == [("name", "Execution"), ("name", "Name")] and \
                    "Name" not in self.execution:
                raise Unsure("the name of a distributed child")
        elif path.root != "$":
            data = self.variable(path.root[1:])
            if data is UNDEFINED and not path.definite:
                raise Unsure("an indefinite path of a variable that is not there")
            if data is UNDEFINED:
                return UNDEFINED
        return paths.walk(path, data)

    def fail(self, text):
        """A States.Runtime with its prefix."""
        if text is ANY:
            return Failure("States.Runtime", ANY, final=True)
        return Failure("States.Runtime", PREFIX.format(self.state, "N") + text, final=True)

    @staticmethod
    def conflict():
        return Failure(CONFLICT, ANY)

    def through(self, text, data):
        """InputPath and OutputPath."""
        if text is None:
            return {}
        path = paths.Path(text)
        try:
            found = self.find(path, data)
        except paths.Missing as missing:
            raise self.fail(self.no_results(path, missing)) from None
        if found is UNDEFINED:
            raise self.fail(ANY)
        return found

    @staticmethod
    def no_results(path, missing):
        if missing.odd or missing.scalar or path.root != "$" or \
                path.steps[missing.at][0] == "index":
            return ANY
        if missing.at + 1 == len(path.steps):
            return f"Invalid path '{path.text}' : No results for path: " \
                   f"{paths.shown(path.steps)}"
        if any(step[0] == "index" for step in path.steps):
            return ANY
        return f"Invalid path '{path.text}' : Missing property in path " \
               f"{paths.shown(path.steps[:missing.at + 1])}"

    def dynamic(self, text, data, field):
        """The value of a path or intrinsic call at FIELD."""
        if text.startswith("$"):
            return self.field_path(text, data, f"The JSONPath '{text}' specified for the field "
                                               f"'{field}'")
        call = intrinsics.parse_call(text)
        head = f"The function '{text}' had the following error: " \
            "The JsonPath argument for the field "
        try:
            return intrinsics.apply(call, lambda path: self.field_path(path, data,
                                                                       head + f"'{path}'"))
        except intrinsics.Invalid as error:
            nested = any(isinstance(part, intrinsics.Call) for part in call.arguments)
            raise self.fail(ANY if nested else "There was an error while evaluating the intrinsic"
                            f" function: {text}. {error.detail}") from None

    def field_path(self, text, data, subject):
        path = paths.Path(text)
        try:
            found = self.find(path, data)
        except paths.Missing as missing:
            if missing.odd or path.root not in ("$", "$$"):
                raise self.fail(ANY) from None
            raise self.fail(f"{subject} could not be found in the input '{dump(data)}'") from None
        if found is UNDEFINED:
            raise self.fail(ANY)
        return found

    def template(self, value, data):
        if isinstance(value, list):
            return [self.template(item, data) for item in value]
        if not isinstance(value, dict):
            return value
        out = {key: self.template(member, data) for key, member in value.items()
               if not key.endswith(".$")}
        found = {key[:-2]: self.dynamic(member, data, key) for key, member in value.items()
                 if key.endswith(".$")}
        if len(found) > 12:
            raise Unsure("the order of many template members")
        for key in hash_map_order(list(found)):
            out[key] = found[key]
        return out

    def place(self, text, document, value):
        """ResultPath."""
        if text is None:
            return document
        out = paths.put(paths.Path(text), document, value)
        if out is UNDEFINED:
            raise self.conflict()
        return out

    def assigned(self, assign, data):
        """The new values of an Assign, not yet stored."""
        return self.template(assign, data) if assign else {}

    # ---- a scope ---------------------------------------------------------------------

    def run(self, scope, data):
        """The scope's output; Failure."""
        name = scope["StartAt"]
        while name is not None:
            state = scope["States"][name]
            self.state = name
            self.entered_time = self.time
            self.retries = 0
            self.machine.count(state)
            self.entered = self.emit(
                state["Type"] + "StateEntered", {"name": name, "input": data},
                [self.first_previous] if self.last is None else events_of(self.last))
            name, data = getattr(self, "do_" + state["Type"].lower())(state, data)
        return data

    def exit(self, state, output, values, following):
        details = {"name": self.state, "output": output}
        if values:
            details["assigned"] = dict(values)
        self.emit(state["Type"] + "StateExited", details)
        self.variables.update(values)
        return following, output

    def leave(self, state, output, values):
        return self.exit(state, output, values, state.get("Next"))

    def do_pass(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        if "Parameters" in state:
            effective = self.template(state["Parameters"], effective)
        result = state.get("Result", effective)
        values = self.assigned(state.get("Assign"), result)
        output = self.place(state.get("ResultPath", "$"), data, result)
        return self.leave(state, self.through(state.get("OutputPath", "$"), output), values)

    def do_succeed(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        return self.exit(state, self.through(state.get("OutputPath", "$"), effective), {}, None)

    def do_fail(self, state, data):
        parts = []
        for field in ("Error", "Cause"):
            value = state.get(field)
            if field + "Path" in state:
                value = self.dynamic(state[field + "Path"], data, field + "Path")
                if not isinstance(value, str):
                    raise self.fail(ANY)
            parts.append(value)
        raise Failure(*parts)

    def do_wait(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        self.time = max(self.time, self.wait_end(state, effective))
        values = self.assigned(state.get("Assign"), effective)
        return self.leave(state, self.through(state.get("OutputPath", "$"), effective), values)

    def wait_end(self, state, data):
        if "Seconds" in state:
            return self.after(state["Seconds"].whole())
        if "SecondsPath" in state:
            return self.after(self.wait_seconds(state["SecondsPath"], data))
        text = state.get("Timestamp")
        if text is None:
            text = self.wait_value("TimestampPath", state["TimestampPath"], data)
            if instant(text) is None:
                if not isinstance(text, str):
                    raise self.fail(ANY)
                raise self.fail("The TimestampPath parameter does not reference a valid ISO-8601 "
                                f"extended offset date-time format string: {state['TimestampPath']}"
                                f" == {text}")
        return -(-instant(text) // 1000)

    def wait_value(self, field, text, data):
        try:
            found = self.find(paths.Path(text), data)
        except paths.Missing as missing:
            if field != "SecondsPath" or missing.odd:
                raise self.fail(ANY) from None
            found = UNDEFINED
        if found is UNDEFINED:
            raise self.fail(ANY if field != "SecondsPath" else "The SecondsPath parameter does not "
                            f"reference an input value: {text}")
        return found

    def wait_seconds(self, text, data):
        value = self.wait_value("SecondsPath", text, data)
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,12}", value):
            value = Num(value)
        if not isinstance(value, Num):
            raise self.fail(ANY)
        seconds = value.whole()
        if not re.fullmatch(r"-?\d+", value.text):
            if seconds is not None:
                raise Unsure("a SecondsPath such as 2.0")
            raise self.fail("The SecondsPath parameter cannot be parsed as a long value: "
                            f"{text} == {value.text}")
        if seconds < 0:
            raise self.fail(f"The SecondsPath parameter references a negative value: {text} == "
                            f"{value.text}")
        return seconds

    def after(self, seconds):
        if seconds > 2**31:
            raise self.fail("Wait state delay is too long.")
        return self.time + seconds * SECOND

    # ---- Choice ----------------------------------------------------------------------

    def do_choice(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        for rule in state["Choices"]:
            if self.holds(rule, effective):
                return self.choose(state, effective, rule.get("Assign"), rule["Next"])
        if "Default" not in state:
            raise self.fail("Failed to transition out of the state. The state does not point to a "
                            "next state.")
        return self.choose(state, effective, state.get("Assign"), state["Default"])

    def choose(self, state, data, assign, following):
        values = self.assigned(assign, data)
        return self.exit(state, self.through(state.get("OutputPath", "$"), data), values, following)

    def holds(self, rule, data):
        if "And" in rule:
            return all(self.holds(part, data) for part in rule["And"])
        if "Or" in rule:
            return any(self.holds(part, data) for part in rule["Or"])
        if "Not" in rule:
            return not self.holds(rule["Not"], data)
        operator = next(key for key in rule if key not in ("Variable", "Next", "Assign", "Comment"))
        value = self.operand(rule["Variable"], data)
        if operator == "IsPresent":
            return (value is not UNDEFINED) == rule[operator]
        if value is UNDEFINED:
            raise self.unfound(rule["Variable"], "condition")
        other = rule[operator]
        if operator.endswith("Path"):
            operator = operator[:-4]
            path, other = other, self.operand(other, data)
            if other is UNDEFINED:
                raise self.unfound(path, "comparison")
        return compare(operator, value, other)

    def operand(self, text, data):
        try:
            return self.find(paths.Path(text), data)
        except paths.Missing:
            return UNDEFINED

    def unfound(self, text, what):
        return self.fail(f"Invalid path '{text}': The choice state's {what} path references an "
                         "invalid value.")

    # ---- Task, Parallel, Map: with Retry and Catch -----------------------------------

    def do_task(self, state, data):
        return self.attempts(state, data, self.task_once)

    def do_parallel(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        if "Parameters" in state:
            effective = self.template(state["Parameters"], effective)
        return self.attempts(state, data, lambda state, _: self.parallel_once(state, effective))

    def do_map(self, state, data):
        return self.attempts(state, data, self.map_once)

    def attempts(self, state, data, once):
        counts = {}
        while True:
            try:
                result = once(state, data)
                break
            except Failure as failure:
                retrier = None if failure.final else retrier_of(state, failure)
                if retrier is not None:
                    counts[retrier] = counts.get(retrier, 0) + 1
                    rule = state["Retry"][retrier]
                    if counts[retrier] <= rule.get("MaxAttempts", Num(3)).whole():
                        self.retries += 1
                        self.machine.note("retried " + state["Type"])
                        self.time += delay_of(rule, counts[retrier])
                        continue
                return self.give_up(state, data, failure)
        values = self.assigned(state.get("Assign"), result)
        if "ResultSelector" in state:
            result = self.template(state["ResultSelector"], result)
        try:
            output = self.place(state.get("ResultPath", "$"), data, result)
        except Failure as failure:
            retrier_of(state, failure)  # Unsure, if there is one that may
            return self.give_up(state, data, failure)
        return self.leave(state, self.through(state.get("OutputPath", "$"), output), values)

    def give_up(self, state, data, failure):
        """No more attempts: Catch, or the failure goes on."""
        if failure.forked:
            failure.forked = False
            self.emit(state["Type"] + "StateFailed")
        catcher = None if failure.final else catcher_of(state, failure)
        if catcher is None:
            raise failure
        if failure.cause is ANY:
            raise Unsure("a Cause that is caught and not known")
        self.machine.note("caught " + state["Type"])
        output = {"Error": failure.error, "Cause": failure.cause}
        if failure.error is not None or failure.cause is not None:
            # Recorded for the Cause of States.Timeout; null is only recorded for both.
            output = {name: text or "" for name, text in output.items()}
        values = self.assigned(catcher.get("Assign"), output)
        placed = self.place(catcher.get("ResultPath", "$"), data, output)
        return self.exit(state, placed, values, catcher["Next"])

    def task_once(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        if "Parameters" in state:
            effective = self.template(state["Parameters"], effective)
        timeout = state.get("TimeoutSeconds")
        timeout = timeout.whole() if timeout else self.timeout_at(state, data)
        service = state["Resource"].startswith("arn:aws:states:::")
        kind_ = "Task" if service else "LambdaFunction"
        details = {"input": effective}
        if timeout:
            details["timeout"] = timeout
        self.emit(kind_ + "Scheduled", details)
        self.emit(kind_ + "Started")
        payload = effective["Payload"] if service else effective
        if service and (payload is None or isinstance(payload, str)):
            raise Unsure("an invocation whose Payload is null or a text")
        function = effective["FunctionName"] if service else state["Resource"].split(":")[-1]
        after, failure, result = self.machine.answer(function, payload)
        if timeout and after >= timeout * SECOND:
            if after == timeout * SECOND:
                raise Unsure("an answer at the very moment of the timeout")
            self.time += timeout * SECOND
            self.emit(kind_ + "TimedOut", {"error": "States.Timeout", "cause": None})
            raise Failure("States.Timeout", None)
        self.time += after
        if failure:
            self.emit(kind_ + "Failed", {"error": failure.error, "cause": failure.cause})
            raise failure
        self.emit(kind_ + "Succeeded", {"output": result})
        return {"Payload": result} if service else result

    def timeout_at(self, state, data):
        text = state.get("TimeoutSecondsPath")
        if text is None:
            return 0
        effective = self.through(state.get("InputPath", "$"), data)
        value = self.through(text, effective)
        if not isinstance(value, Num) or value.whole() is None or value.whole() <= 0:
            raise self.fail(ANY)
        return value.whole()

    def parallel_once(self, state, effective):
        self.emit("ParallelStateStarted")
        fork = Fork(self, len(state["Branches"]), 0)
        fork.begin = lambda frame, index: frame.run(state["Branches"][index], effective)
        return fork.join("ParallelStateSucceeded")

    # ---- Map -------------------------------------------------------------------------

    def map_once(self, state, data):
        effective = self.through(state.get("InputPath", "$"), data)
        text = state.get("ItemsPath", "$")
        try:
            items = self.find(paths.Path(text), effective)
        except paths.Missing as missing:
            raise (self.fail(ANY) if missing.odd else self.conflict()) from None
        if items is UNDEFINED or not isinstance(items, list):
            raise self.fail(ANY)
        limit = self.concurrency(state, effective)
        processor = state.get("ItemProcessor") or state["Iterator"]
        self.emit("MapStateStarted", {"length": len(items)})
        if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            return MapRun(self, state, effective, items, limit, processor).run()
        selector = state.get("ItemSelector", state.get("Parameters"))
        fork = Fork(self, len(items), limit, state_name=self.state)

        def begin(frame, index):
            frame.item = {"Index": Num(index), "Value": items[index]}
            value = items[index]
            if selector is not None:
                frame.state, frame.entered_time = self.state, self.entered_time
                value = frame.template(selector, effective)
            return frame.run(processor, value)
        fork.begin = begin
        return fork.join("MapStateSucceeded")

    def limit_at(self, state, field, data, what="integer"):
        """The number that FIELD or its Path gives; None if it is not there."""
        if field in state:
            return state[field].value()
        text = state.get(field + "Path")
        if text is None:
            return None
        value = self.operand(text, data)
        if value is UNDEFINED:
            raise self.fail(ANY)
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            raise Unsure(f"{field}Path on a string that holds a number")
        if not isinstance(value, Num) or what == "integer" and value.whole() is None:
            shown = value if isinstance(value, str) else dump(value)
            raise self.fail(f'The {field}Path field refers to value "{shown}" which is not a valid '
                            f"{what}: {text}")
        return value.value()

    def concurrency(self, state, data):
        limit = self.limit_at(state, "MaxConcurrency", data)
        if limit is not None and limit < 0:
            raise Unsure("a negative MaxConcurrency")
        return int(limit or 0)


class Fork:
    """Children that run side by side, at most LIMIT at a time (0: all)."""

    def __init__(self, parent, total, limit, state_name=None):
        self.parent = parent
        self.total = total
        self.limit = limit if 0 < limit < total else total
        self.name = state_name  # of an inline Map
        self.begin = None
        self.frames = [None] * total
        self.outcomes = [None] * total  # (True, output) or (False, Failure)
        if self.limit > 1:
            parent.machine.serial = False
        self.started = parent.last

    def start(self, index, time):
        parent = self.parent
        frame = Frame(parent.machine, parent, time, parent.execution)
        self.frames[index] = frame
        frame.first_previous = self.started
        if self.name is not None:
            frame.emit("MapIterationStarted", {"name": self.name, "index": index}, [self.started])
        try:
            self.outcomes[index] = (True, self.begin(frame, index))
        except Failure as failure:
            self.outcomes[index] = (False, failure)
        frame.inner = frame.last
        if self.name is not None:
            good = "Succeeded" if self.outcomes[index][0] else "Failed"
            frame.emit("MapIteration" + good, {"name": self.name, "index": index})
        return frame.time

    def simulate(self):
        """Runs all; returns the moment of the first failure, or None.  A child that has
        failed keeps its place: nothing else starts there."""
        running, drawn, first, now = [], 0, None, self.parent.time
        while True:
            while drawn < self.total and len(running) < self.limit and \
                    (first is None or now <= first):
                end = self.start(drawn, now)
                if not self.outcomes[drawn][0]:
                    first = end if first is None else min(first, end)
                    if self.limit == 1:
                        return first
                heapq.heappush(running, (end, drawn))
                drawn += 1
            held = [entry for entry in running if not self.outcomes[entry[1]][0]]
            free = [entry for entry in running if self.outcomes[entry[1]][0]]
            if not free:
                return first
            now = min(free)[0]
            running = held + [entry for entry in free if entry[0] > now]
            heapq.heapify(running)

    def join(self, succeeded):
        """The outputs; Failure."""
        parent = self.parent
        first = self.simulate()
        children = [frame for frame in self.frames if frame]
        parent.events.append(children)
        if self.name is not None:
            self.follow(children)
        if first is not None:
            raise self.failure(first, children)
        parent.time = max([parent.time] + [frame.time for frame in children])
        lasts = [event for frame in children if frame.time == parent.time
                 for event in events_of(frame.last)] or [self.started]
        parent.emit(succeeded, None, lasts)
        parent.last = Several(lasts)
        return [output for _, output in self.outcomes]

    def follow(self, children):
        """An iteration that had to wait follows one that made room for it."""
        for index, frame in enumerate(children):
            start = frame.events[0]
            if index >= self.limit:
                start.previous = [event for other in children if other is not frame
                                  and other.time <= start.time for event in events_of(other.inner)]

    def failure(self, first, children):
        machine, parent = self.parent.machine, self.parent
        machine.loose = True
        failed = [(frame, outcome[1]) for frame, outcome in zip(self.frames, self.outcomes)
                  if frame and not outcome[0] and frame.time == first]
        frame, failure = failed[machine.pick(len(failed))]
        for child in children:
            if child is not frame and child.time >= first:
                child.cut = first
                if self.name is not None and child.time == first:
                    machine.aborted_at(child)
        parent.time = first
        parent.last = frame.inner
        raised = Failure(failure.error, failure.cause, failure.final)
        raised.forked = True
        return raised


class Several:
    """Stands for one of EVENTS, in Frame.last."""

    def __init__(self, events):
        self.events = events


class MapRun:
    """A distributed Map: its children are executions of their own."""

    def __init__(self, parent, state, effective, items, limit, processor):
        self.parent = parent
        self.state = state
        self.effective = effective
        self.processor = processor
        self.count = parent.limit_at(state, "ToleratedFailureCount", effective)
        if self.count is not None and self.count < 0:
            raise parent.fail("ToleratedFailureCount cannot be negative.")
        self.percentage = parent.limit_at(state, "ToleratedFailurePercentage", effective, "float")
        if self.percentage is not None and not 0 <= self.percentage <= 100:
            raise parent.fail("ToleratedFailurePercentage must be between 0 and 100.")
        self.items = len(items)
        self.batches = self.batch(items)
        self.limit = limit if 0 < limit < len(self.batches) else max(1, len(self.batches))
        if self.limit > 1:
            parent.machine.serial = False

    def batch(self, items):
        """(child's input, how many items)."""
        values = [self.select(item, index) for index, item in enumerate(items)]
        batcher = self.state.get("ItemBatcher")
        if batcher is None:
            return [(value, 1) for value in values]
        head = {}
        if "BatchInput" in batcher:
            head["BatchInput"] = self.parent.template(batcher["BatchInput"], self.effective)
        most = self.parent.limit_at(batcher, "MaxItemsPerBatch", self.effective)
        size = self.parent.limit_at(batcher, "MaxInputBytesPerBatch", self.effective)
        for limit in (most, size):
            if limit is not None and limit <= 0:
                raise self.parent.fail(ANY)
        out = []
        for value in values:
            if out:
                grown = out[-1] + [value]
                if (most is None or len(grown) <= most) and (size is None or len(
                        dump({**head, "Items": grown}).encode()) <= size):
                    out[-1] = grown
                    continue
            out.append([value])
        return [({**head, "Items": values}, len(values)) for values in out]

    def select(self, item, index):
        selector = self.state.get("ItemSelector", self.state.get("Parameters"))
        if selector is None:
            return item
        parent, outer = self.parent, self.parent.item
        parent.item = {"Index": Num(index), "Value": item, "Source": "STATE_DATA"}
        try:
            return parent.template(selector, self.effective)
        except Failure as failure:
            raise Unsure("an ItemSelector that fails in a distributed Map") from failure
        finally:
            parent.item = outer

    def child(self, index, time):
        """An execution; returns (frame, good)."""
        parent, value = self.parent, self.batches[index][0]
        execution = {"Input": value, "StartTime": time_text(time), "RedriveCount": Num(0)}
        frame = Frame(parent.machine, None, time, execution)
        frame.outer = parent
        frame.emit("ExecutionStarted", {"input": value}, [None])
        frame.last = None
        try:
            output = frame.run(self.processor, value)
            frame.emit("ExecutionSucceeded", {"output": output})
            frame.output = output
            return frame, True
        except Failure as failure:
            frame.emit("ExecutionFailed", {"error": failure.error, "cause": failure.cause})
            return frame, False

    def exceeded(self, failed):
        if self.count is None and self.percentage is None:
            return failed > 0
        return self.count is not None and failed > self.count or \
            self.percentage is not None and failed * 100 > self.percentage * self.items

    def run(self):
        parent = self.parent
        run_started = parent.emit("MapRunStarted")
        running, drawn, failed, now, breach = [], 0, 0, parent.time, None
        children = []
        while breach is None:
            while drawn < len(self.batches) and len(running) < self.limit:
                frame, good = self.child(drawn, now)
                children.append((frame, good))
                heapq.heappush(running, (frame.time, drawn, good))
                drawn += 1
            if not running:
                break
            now, index, good = heapq.heappop(running)
            failed += 0 if good else self.batches[index][1]
            if not good and self.exceeded(failed):
                breach = now
        machine = parent.machine
        parent.time = now
        for frame, _ in children:
            if breach is not None and frame.time >= breach and self.limit > 1:
                frame.cut = breach
        machine.children += [frame for frame, _ in children]
        if breach is not None:
            machine.loose = True
            # Others may have begun at that very moment.
            while self.limit > 1 and drawn < len(self.batches):
                frame, _ = self.child(drawn, now)
                frame.cut = breach
                machine.children.append(frame)
                drawn += 1
            return self.fail()
        parent.emit("MapRunSucceeded")
        parent.emit("MapStateSucceeded")
        parent.last = run_started
        return [frame.output for frame, good in children if good]

    def fail(self):
        cause = "The specified tolerated failure threshold was exceeded"
        error = "States.ExceedToleratedFailureThreshold"
        self.parent.emit("MapRunFailed", {"error": error, "cause": cause})
        failure = Failure(error, cause)
        failure.forked = True
        raise failure


# ---- rules --------------------------------------------------------------------------


def matches(names, failure):
    for name in names:
        if failure.error == CONFLICT and name.startswith("States."):
            raise Unsure("whether States.ReferencePathConflict can be caught")
        if name == "States.ALL" or failure.error is not None and name == failure.error:
            return True
        if failure.error == "States.Timeout":
            continue
        if name == "States.TaskFailed":
            if failure.error is None:
                raise Unsure("States.TaskFailed and an error without a name")
            return True
    return False


def retrier_of(state, failure):
    for at, rule in enumerate(state.get("Retry", [])):
        if matches(rule["ErrorEquals"], failure):
            return at
    return None


def catcher_of(state, failure):
    for rule in state.get("Catch", []):
        if matches(rule["ErrorEquals"], failure):
            return rule
    return None


def delay_of(rule, attempt):
    seconds = rule.get("IntervalSeconds", Num(1)).value() * \
        rule.get("BackoffRate", Num("2.0")).value() ** (attempt - 1)
    if "MaxDelaySeconds" in rule:
        seconds = min(seconds, rule["MaxDelaySeconds"].value())
    micros = seconds * SECOND
    if micros != int(micros):
        raise Unsure("a delay of parts of a microsecond")
    return int(micros)


def string_matches(pattern, text):
    out, at = "", 0
    while at < len(pattern):
        if pattern[at] == "*":
            out += ".*"
        elif pattern[at] == "\\":
            at += 1
            out += re.escape(pattern[at])
        else:
            out += re.escape(pattern[at])
        at += 1
    return re.fullmatch(out, text, re.DOTALL) is not None


IS = {"IsNull": lambda v: v is None, "IsBoolean": lambda v: isinstance(v, bool),
      "IsNumeric": lambda v: isinstance(v, Num), "IsString": lambda v: isinstance(v, str),
      "IsTimestamp": lambda v: instant(v) is not None}


def ordered(relation, a, b):
    return {"Equals": a == b, "LessThan": a < b, "GreaterThan": a > b,
            "LessThanEquals": a <= b, "GreaterThanEquals": a >= b}[relation]


def units(text):
    return text.encode("utf-16-be", "surrogatepass")


def compare(operator, value, other):
    """The data-test OPERATOR; other types than it wants are false."""
    if operator in IS:
        return IS[operator](value) == other
    if operator == "StringMatches":
        return isinstance(value, str) and string_matches(other, value)
    if operator.startswith("String"):
        return isinstance(value, str) and isinstance(other, str) and \
            ordered(operator[6:], units(value), units(other))
    if operator.startswith("Numeric"):
        return isinstance(value, Num) and isinstance(other, Num) and \
            ordered(operator[7:], value.value(), other.value())
    if operator.startswith("Boolean"):
        return isinstance(value, bool) and isinstance(other, bool) and value == other
    a, b = instant(value), instant(other)
    return a is not None and b is not None and ordered(operator[9:], a, b)


# ---- a run --------------------------------------------------------------------------


def inner_scopes(state):
    return state.get("Branches", []) + \
        [state[field] for field in ("ItemProcessor", "Iterator") if field in state]


def all_states(scope):
    for name, state in scope["States"].items():
        yield name, state
        for inner in inner_scopes(state):
            yield from all_states(inner)


class Machine:
    """One run of DEFINITION.  TASKS: mocks by function name, as in a tasks file."""

    def __init__(self, name, definition, tasks, script, statistics):
        self.name = name
        self.definition = definition
        self.states = dict(all_states(definition))
        self.tasks = tasks
        self.at = dict.fromkeys(tasks, 0)
        self.script = script
        self.asked = []        # how many ways there were, each time
        self.statistics = statistics
        self.serial = True
        self.loose = False
        self.children = []
        self.entered = 0

    def pick(self, ways):
        at = len(self.asked)
        self.asked.append(ways)
        return self.script[at] if at < len(self.script) else 0

    def note(self, what):
        if self.statistics is not None:
            self.statistics[what] += 1

    def count(self, state):
        self.note("state " + state["Type"])
        self.entered += 1
        if self.entered > MOST_STATES:
            raise Unsure("many states")

    def aborted_at(self, child):
        """CHILD, an iteration, ended or was stopped when another failed."""
        event = child.last
        child.events.append(Event("MapIterationAborted", child.time, event.previous, event.details))

    def answer(self, function, payload):
        """(microseconds, Failure or None, result)."""
        if function.startswith("behave"):
            return self.behave(payload)
        steps = self.tasks[function]["mock"]
        step = steps
        if isinstance(steps, list):
            step = steps[min(self.at[function], len(steps) - 1)]
            self.at[function] += 1
        after = int(step.get("after", Num(0)).value() * SECOND)
        if "throw" in step:
            return after, Failure(step["throw"].get("Error"), step["throw"].get("Cause")), None
        return after, None, payload if "echo" in step else step["return"]

    @staticmethod
    def behave(payload):
        """The test's own C handlers (driver.c): fail so many times, then answer."""
        if payload["attempt"].whole() < payload["fails"].whole():
            return 0, Failure(payload["error"], payload["cause"]), None
        return 0, None, payload["result"]

    def run(self, data):
        execution = {"Input": data, "StartTime": time_text(START), "Name": "n",
                     "RedriveCount": Num(0)}
        frame = Frame(self, None, START, execution)
        frame.emit("ExecutionStarted", {"input": data}, [None])
        frame.last = None
        limit = self.definition.get("TimeoutSeconds")
        end = START + limit.whole() * SECOND if limit else None
        try:
            result = Result("SUCCEEDED", frame.run(self.definition, data))
            final = ("ExecutionSucceeded", {"output": result.output})
        except Failure as failure:
            result = Result("FAILED", None, failure.error, failure.cause)
            final = ("ExecutionFailed", {"error": failure.error, "cause": failure.cause})
        if end is not None and (frame.time > end or frame.time == end and self.pick(2)):
            frame.cut = end
            result = Result("TIMED_OUT", None, "States.Timeout", None)
            self.loose = True
        else:
            frame.emit(*final)
        result.events = frame.kept()
        if result.status == "TIMED_OUT":
            result.events.append(Event("ExecutionTimedOut", end, [None],
                                       {"error": "States.Timeout", "cause": None}))
        result.children = [child.kept() for child in self.children]
        result.loose, result.serial = self.loose, self.serial
        result.time = frame.time
        return result


def outcomes(name, definition, tasks, data, statistics=None):
    """All that may happen."""
    found, script = [], []
    while True:
        machine = Machine(name, definition, tasks, script, None if found else statistics)
        found.append(machine.run(data))
        if len(found) > MOST_OUTCOMES:
            raise TooMany()
        taken = list(script) + [0] * (len(machine.asked) - len(script))
        while taken and taken[-1] + 1 >= machine.asked[len(taken) - 1]:
            taken.pop()
        if not taken:
            return found
        taken[-1] += 1
        script = taken
