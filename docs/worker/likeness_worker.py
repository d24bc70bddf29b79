"""Trains one LoRA with AI Toolkit and tells Likeness about it: docs/worker-protocol.md, version 1.

Python 3.11 or later, standard library only. A host (`modal_app.py`, `runpod_handler.py`) calls `run`
with what Likeness sent and with the host's own id of this run. One run trains one job.
"""

import base64
import errno
import hashlib
import hmac
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from datetime import datetime, timezone
from pathlib import Path

PROTOCOL_VERSION = 1
# Crashes the host does not stop at by itself: a job that kills its container would start for ever.
MOST_STARTS = 4
SILENT_SECONDS = 3600
REQUEST_SECONDS = 5
CLAIM_SECONDS = 600
# The end is also what `run` returns, and the GPU is paid meanwhile: minutes, not an hour.
END_SECONDS = 180
EXTENSIONS = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}
ROLES = {"one-2.2": ("high_noise", "low_noise")}


class Failure(Exception):
    """The job's own end: one of the protocol's error codes."""

    def __init__(self, code: str, retryable: bool, message: str):
        super().__init__(message)
        self.code, self.retryable = code, retryable


class Cancelled(Exception):
    """Likeness has told this run to stop."""


class Stopped(BaseException):
    """The host stops this run: its machine is taken away, or somebody has cancelled it there."""


def run(job, config, run_id, *, root, toolkit="/app/ai-toolkit", can_resume=False,
        commit=lambda: None, stop=None):
    """Trains `job` with AI Toolkit's `config` and returns the event that ended it.

    AI Toolkit lies in `toolkit` and runs on this very Python. `root` holds a directory for each run;
    where it outlives the container and the host starts the same run again (`can_resume`), it goes on
    from the last checkpoint. `commit` makes `root` durable. Setting `stop` ends the run from outside, as
    SIGTERM does: then, and whenever something is raised, nobody asks for a result.
    """
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    remove_leftovers(root, keep=run_id)
    state = State(root / run_id, commit)
    reporter = Reporter(job, run_id, state, stop or threading.Event())
    if state.end:
        reporter.deliver_end()
        return state.end
    listen_for_sigterm(reporter.stopped)
    try:
        state.start()
        reporter.claim(gpu_name())
        if job["protocolVersion"] != PROTOCOL_VERSION:
            raise Failure("INTERNAL", False, "This worker is of another version: deploy it again.")
        if state.starts > MOST_STARTS:
            raise Failure("INTERNAL", False, f"It was started {state.starts} times.")
        reporter.begin()
        train(job, config, state, reporter, toolkit)
        reporter.finish("succeeded", files=hand_over(job, state, reporter))
    except Cancelled:
        reporter.finish("cancelled")
    except Failure as error:
        reporter.fail(error.code, error.retryable, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it was, Likeness is told
        # Another run would fill the same disk, and be paid for as well.
        is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        reporter.fail("INTERNAL", not is_full, f"{type(error).__name__}: {error}")
    except BaseException:
        # Only Likeness knows whether somebody has cancelled the job or the machine is taken away.
        if reporter.is_cancelled_by_now():
            reporter.finish("cancelled")
        elif not can_resume:
            reporter.fail("PREEMPTED", True, "The host has stopped this run.")
        else:
            state.starts -= 1
            state.save()
            reporter.hush()
            state.commit()
            raise
        state.clear(can_resume)
        raise
    state.clear(can_resume)
    return state.end


# --- What outlives a container ------------------------------------------------------------------


class State:
    """A run's directory, and what must not be lost with the process."""

    def __init__(self, directory: Path, commit):
        self.directory, self.commit = directory, commit
        directory.mkdir(parents=True, exist_ok=True)
        try:
            known = json.loads((directory / "state.json").read_text())
        except (OSError, ValueError):
            known = {}
        self.seq = known.get("seq", 0)
        self.starts = known.get("starts", 0)
        self.step = known.get("step", 0)
        self.gpu_seconds = known.get("gpuSeconds", 0.0)
        self.end = known.get("end")
        self.lock = threading.RLock()
        self.begun = time.monotonic()

    def start(self):
        self.starts += 1
        self.save()
        self.commit()

    def spent(self) -> float:
        return round(self.gpu_seconds + time.monotonic() - self.begun, 3)

    def save(self):
        with self.lock:
            known = {
                "savedAt": time.time(), "seq": self.seq, "starts": self.starts, "step": self.step,
                "gpuSeconds": self.spent(), "end": self.end,
            }
            replacement = self.directory / "state.json.new"
            replacement.write_text(json.dumps(known))
            replacement.replace(self.directory / "state.json")

    def clear(self, keep_end: bool):
        """Removes pictures, captions, latents and checkpoints, and without `keep_end` everything."""
        for path in self.directory.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != "state.json":
                path.unlink(missing_ok=True)
        if not keep_end:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.commit()


def remove_leftovers(root: Path, keep: str = ""):
    """Runs that have been silent for an hour: a container that was killed could not clean up."""
    for directory in root.iterdir():
        try:
            saved_at = json.loads((directory / "state.json").read_text())["savedAt"]
        except (OSError, ValueError, KeyError):
            continue
        if directory.name != keep and time.time() - saved_at > SILENT_SECONDS:
            shutil.rmtree(directory, ignore_errors=True)


# --- Telling Likeness -----------------------------------------------------------------------------


class Reporter:
    """Sends signed events, one at a time, from a thread that training never waits for."""

    def __init__(self, job, run_id, state: State, stopped: threading.Event):
        self.job, self.run_id, self.state, self.stopped = job, run_id, state, stopped
        self.cancelled = threading.Event()
        self.progress = {
            "phase": "preparing", "step": state.step, "totalSteps": job["recipe"]["steps"],
            "loss": None, "secondsPerStep": None,
        }
        self.waiting = deque()
        self.wake = threading.Condition()
        self.sender = None
        self.rest = 0.0
        self.is_over = False
        self.told_at = 0.0

    def event(self, kind: str, **fields) -> dict:
        """The next event. Its number is stored before anything is sent, and never used again."""
        with self.state.lock:
            self.state.seq += 1
            event = {
                "protocolVersion": PROTOCOL_VERSION, "trainingId": self.job["trainingId"],
                "attemptId": self.job["attemptId"], "seq": self.state.seq, "at": utc_now(),
                "externalJobId": self.run_id, "type": kind, **fields,
            }
            self.state.save()
        return event

    def claim(self, gpu: str | None):
        """The first word, before anything is fetched. The answer says whether the job is this run's."""
        event, until = self.event("accepted", gpu=gpu), time.monotonic() + CLAIM_SECONDS
        for pause in backoff():
            self.check()
            reply = self.post(event)
            if isinstance(reply, dict) and reply.get("action") == "continue":
                with self.state.lock:
                    self.state.seq = max(self.state.seq, reply.get("lastSeq", 0))
                return
            self.check()
            if reply != "later" or time.monotonic() + pause > until:
                raise Failure("INTERNAL", True, "Nobody has let this run begin.")
            time.sleep(max(pause, self.rest))

    def begin(self):
        self.sender = threading.Thread(target=self._send, daemon=True)
        self.sender.start()
        threading.Thread(target=self._beat, daemon=True).start()

    def report(self, **change):
        """Notes progress; a new phase is told at once, steps every two seconds."""
        is_new_phase = change.get("phase", self.progress["phase"]) != self.progress["phase"]
        with self.state.lock:
            self.state.step = max(self.state.step, change.get("step", 0))
            self.progress.update(change, step=self.state.step)
        if is_new_phase or time.monotonic() - self.told_at >= 2:
            self.told_at = time.monotonic()
            self.tell("progress")

    def tell(self, kind: str, **fields):
        if self.is_over:
            return
        # Several threads tell; what is counted first is sent first.
        with self.wake:
            if kind in ("progress", "heartbeat"):
                fields = {**self.progress, "gpuSeconds": self.state.spent()}
            event = self.event(kind, **fields)
            # What could not be sent yet gives way to what is newer.
            if self.waiting and self.waiting[-1]["type"] in ("progress", "heartbeat"):
                self.waiting.pop()
            self.waiting.append(event)
            self.wake.notify()

    def check(self):
        """To be called often: throws when the run is to end."""
        if self.cancelled.is_set():
            raise Cancelled
        if self.stopped.is_set():
            raise Stopped

    def is_cancelled_by_now(self) -> bool:
        if not self.cancelled.is_set():
            self.post(self.event("heartbeat", **self.progress, gpuSeconds=self.state.spent()))
        return self.cancelled.is_set()

    def fail(self, code: str, retryable: bool, message: str):
        text = re.sub(r"\w+://\S+", "(link)", message)[:500]
        self.finish("failed", error={"code": code, "retryable": retryable, "message": text})

    def finish(self, kind: str, **fields):
        """The first end counts. It is kept: a run that is started again only repeats it."""
        if self.state.end:
            return
        self.hush()
        self.state.end = self.event(kind, **fields, gpuSeconds=self.state.spent())
        self.state.save()
        self.state.commit()
        self.deliver_end()

    def deliver_end(self):
        until = time.monotonic() + END_SECONDS
        for pause in backoff():
            if self.post(self.state.end) != "later" or time.monotonic() + pause > until:
                return
            time.sleep(max(pause, self.rest))

    def hush(self):
        """No more events but the end; the newest progress has a moment to be sent."""
        if self.sender and not self.is_over:
            self.tell("progress")
            until = time.monotonic() + REQUEST_SECONDS
            while self.waiting and self.sender.is_alive() and time.monotonic() < until:
                time.sleep(0.05)
        self.is_over = True

    def post(self, event: dict):
        """The answer, `later` where another try may help, `never` where it would not."""
        run_id = re.sub(r"[.:]", "-", self.run_id)
        delivery = f"evt_{event['attemptId']}_{run_id}_{event['seq']}"
        status, answer, self.rest = signed_post(self.job["callback"], "eventsUrl", delivery, event)
        if status is not None and 200 <= status < 300:
            reply = answer if isinstance(answer, dict) else {}
            if reply.get("action") == "cancel":
                self.cancelled.set()
            return reply
        return "later" if is_their_trouble(status) else "never"

    def _send(self):
        while not self.is_over:
            with self.wake:
                self.wake.wait_for(lambda: self.waiting or self.is_over, timeout=1)
                if not self.waiting:
                    continue
                event = self.waiting[0]
            for tries, pause in zip(range(5), backoff()):
                if self.post(event) != "later" or self.is_over or len(self.waiting) > 1:
                    break
                time.sleep(max(pause, self.rest))
            with self.wake:
                if self.waiting and self.waiting[0] is event:
                    self.waiting.popleft()

    def _beat(self):
        while not self.is_over:
            time.sleep(min(self.job["callback"]["heartbeatSeconds"], 60))
            if not self.is_over:
                self.tell("heartbeat")


def signed_post(callback, address: str, delivery: str, body: dict):
    """Status and JSON of the answer, and how long it asks to be left alone; None where there is none."""
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", **sign(callback["secret"], delivery, data)}
    status, content, answered = send("POST", callback[address], headers, data)
    try:
        told = json.loads(content)
    except ValueError:
        told = None
    rest = answered.get("retry-after", "")
    return status, told, min(60.0, float(rest)) if rest.isdigit() else 0.0


def sign(secret: str, delivery: str, body: bytes) -> dict:
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join([delivery.encode(), timestamp.encode(), body])
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": delivery, "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


# --- Training -------------------------------------------------------------------------------------


def train(job, config, state: State, reporter: Reporter, toolkit: str):
    """Fetches the pictures and runs AI Toolkit to its end. Throws what went wrong."""
    process = config["config"]["process"][0]
    [dataset] = process["datasets"]
    for part, key in ((process, "training_folder"), (dataset, "folder_path")):
        part[key] = str(state.directory / part[key])
    # A database that nobody here reads; volumes over a network do not take them well.
    process["logging"]["use_ui_logger"] = False
    fetch_images(job["images"], Path(dataset["folder_path"]), reporter)
    # Without its own server's database the trainer tells its progress on its output alone.
    file = state.directory / "config.json"
    file.write_text(json.dumps(config))
    child = subprocess.Popen(
        [sys.executable, "run.py", str(file)], cwd=toolkit, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "HF_HUB_DISABLE_XET": "1"},
    )
    output = Output(child.stdout, job["name"], reporter)
    reader = threading.Thread(target=output.read, daemon=True)
    reader.start()
    try:
        while child.poll() is None:
            reporter.check()
            output.check()
            check_time(job, state)
            time.sleep(0.2)
        reader.join(timeout=10)
        output.check()
        if child.returncode != 0:
            raise output.failure(child.returncode)
    finally:
        end_group(child)


class Output:
    """What the trainer prints: a bar that is drawn over and over, and the reason when it dies."""

    BAR = re.compile(r"\|\s*(\d+)/(\d+) \[[^\]]*?(?:([\d.]+)(s/it|it/s)|\?it/s)(?:, ([^\]]*))?\]")
    LOSS = re.compile(r"\bloss: (\S+)")

    def __init__(self, stream, name: str, reporter: Reporter):
        self.stream, self.name, self.reporter = stream, name, reporter
        self.last_lines = deque(maxlen=200)
        self.not_finite = 0

    def read(self):
        rest = ""
        while chunk := os.read(self.stream.fileno(), 65536):
            print(text := chunk.decode(errors="replace"), end="", flush=True)
            *lines, rest = re.split(r"[\r\n]", rest + text)
            # A bar that is drawn has no end of its own before the next one begins.
            if rest.endswith("]"):
                lines, rest = [*lines, rest], ""
            for line in lines:
                self.take(line)
        self.take(rest)

    def take(self, line: str):
        if line.strip():
            self.last_lines.append(line.strip()[:500])
        if "aching" in line and self.reporter.progress["phase"] == "preparing":
            self.reporter.report(phase="caching")
        bar = self.BAR.search(line)
        # Loading and caching draw bars, too; the training's own carries the job's name.
        if not bar or not line.strip().startswith(self.name):
            return
        step, total, pace, unit, rest = bar.groups()
        seconds = None
        if pace and float(pace) > 0:
            seconds = round(float(pace) if unit == "s/it" else 1 / float(pace), 5)
        loss = self.LOSS.search(rest or "")
        value = float(loss[1]) if loss else None
        if value is not None and not math.isfinite(value):
            self.not_finite += 1
            value = None
        self.reporter.report(
            phase="training", step=int(step), totalSteps=int(total), loss=value,
            secondsPerStep=seconds,
        )

    def check(self):
        if self.not_finite >= 10:
            raise Failure("NAN_LOSS", False, "The loss is not finite.")

    def failure(self, code: int) -> Failure:
        text = "\n".join(self.last_lines)
        if re.search(r"out of memory|OutOfMemoryError", text, re.IGNORECASE):
            return Failure("OOM", False, "CUDA out of memory.")
        if "No space left on device" in text:
            return Failure("INTERNAL", False, "No space left on device.")
        told = [line for line in self.last_lines if re.search(r"Error|Exception", line)]
        reason = told[-1] if told else f"It ended with {code}."
        return Failure("INTERNAL", True, f"AI Toolkit: {reason[:300]}")


def fetch_images(images, dataset: Path, reporter: Reporter):
    dataset.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        stem = f"{number:04}"
        # The links live an hour: what a run before this one has fetched and checked stays.
        known = next((path for path in dataset.glob(f"{stem}.*") if path.suffix != ".txt"), None)
        if known and sha256_of(known) == image["sha256"]:
            continue
        reporter.check()
        content, extension = fetch_image(image)
        (dataset / f"{stem}.{extension}").write_bytes(content)
        (dataset / f"{stem}.txt").write_text(image["caption"])


def fetch_image(image) -> tuple[bytes, str]:
    for tries, pause in zip(range(5), backoff()):
        status, content, headers = send("GET", image["url"], {}, None, timeout=30)
        if status == 200:
            if hashlib.sha256(content).hexdigest() != image["sha256"]:
                raise Failure("BAD_IMAGE", False, f"Image {image['id']} has another hash.")
            kind = headers.get("content-type", "").split(";")[0].strip()
            if kind not in EXTENSIONS:
                raise Failure("BAD_IMAGE", False, f"Image {image['id']} is {kind or 'of no kind'}.")
            return content, EXTENSIONS[kind]
        if not is_their_trouble(status):
            break
        time.sleep(pause)
    raise Failure("BAD_IMAGE", True, f"Image {image['id']} cannot be had: {status}.")


def check_time(job, state: State):
    if seconds_until(job["limits"]["deadlineAt"]) < 0 or state.spent() > job["limits"]["maxSeconds"]:
        raise Failure("DEADLINE", False, "The time for this job is over.")


def end_group(child):
    """The trainer has children of its own; all of them hold the GPU."""
    for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(child.pid, number)
            child.wait(patience)
        except (ProcessLookupError, PermissionError):
            break
        except subprocess.TimeoutExpired:
            continue


# --- Handing over the file ------------------------------------------------------------------------


def hand_over(job, state: State, reporter: Reporter) -> list:
    """Uploads the finished files by their exact names; checkpoints lie beside them under longer ones."""
    reporter.report(phase="uploading")
    folder, files = state.directory / "output" / job["name"], []
    for role in ROLES.get(job["baseModel"], ("main",)):
        suffix = "" if role == "main" else f"_{role}"
        path = folder / f"{job['name']}{suffix}.safetensors"
        if not path.is_file():
            raise Failure("INTERNAL", True, f"AI Toolkit has ended without its {role} file.")
        file = {"role": role, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        key = upload(job, file, path, reporter)
        files.append({"role": role, "key": key, "bytes": file["bytes"], "sha256": file["sha256"]})
        reporter.tell("uploaded", file=files[-1])
    return files


def upload(job, file: dict, path: Path, reporter: Reporter) -> str:
    """Asks for a fresh place at every try: the one before may have expired."""
    asked = {
        "protocolVersion": PROTOCOL_VERSION, "trainingId": job["trainingId"],
        "attemptId": job["attemptId"], **file,
    }
    trouble = ""
    for tries, pause in zip(range(6), backoff()):
        reporter.check()
        delivery = f"upl_{uuid.uuid4().hex}"
        status, grant, rest = signed_post(job["callback"], "uploadUrl", delivery, asked)
        if status == 200:
            with path.open("rb") as content:
                headers = {**grant["headers"], "content-length": str(file["bytes"])}
                status, _, _ = send("PUT", grant["url"], headers, content, timeout=300)
            if status is not None and 200 <= status < 300:
                return grant["key"]
        trouble = f"answered with {status}"
        # An expired link is refused, and a fresh one is free.
        if not is_their_trouble(status) and status != 403:
            raise Failure("UPLOAD_FAILED", False, f"The {file['role']} file was {trouble}.")
        time.sleep(max(pause, rest))
    raise Failure("UPLOAD_FAILED", True, f"The {file['role']} file was {trouble} again and again.")


# --- Small things ---------------------------------------------------------------------------------


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Signed bodies and pictures go to the address that was named, and nowhere else."""

    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(NoRedirect)


def send(method: str, url: str, headers: dict, body, timeout: float = REQUEST_SECONDS):
    """Status, body and headers of the answer; status None where there was none."""
    asked = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with opener.open(asked, timeout=timeout) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b"", error.headers
    except OSError:
        return None, b"", {}


def is_their_trouble(status: int | None) -> bool:
    return status is None or status in (408, 429) or status >= 500


def backoff():
    """Pauses in seconds, longer each time and never the same for two workers."""
    pause = 0.5
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(30, pause * 2)


def listen_for_sigterm(stopped: threading.Event):
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())


def gpu_name() -> str | None:
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return told.strip().splitlines()[0][:80] if told.strip() else None


def sha256_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def utc_now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_until(instant: str) -> float:
    at = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return (at - datetime.now(timezone.utc)).total_seconds()
