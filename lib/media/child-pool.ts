import { type ChildProcess, spawn } from 'node:child_process';

export interface ChildLimits {
  /** Longer questions are answered by a kill. */
  timeoutMs: number;
  /** Of memory that a child can write to; the system refuses it more (Linux). */
  memoryBytes: number;
  /** A child with nothing to do leaves. */
  idleMs: number;
}

/** The child that was asked is no more: it took too long, or it crashed. */
export class ChildGone extends Error {
  override readonly name = 'ChildGone';
  readonly kind: 'timeout' | 'crash';
  constructor(kind: 'timeout' | 'crash') {
    super(kind);
    this.kind = kind;
  }
}

export interface ChildPool<Question, Answer> {
  /**
   * Asks a child of its own, one question at a time. Throws ChildGone when the child did not live to
   * answer. How many are asked at once is the caller's to bound.
   */
  ask(question: Question): Promise<Answer>;
  /** Ends the children that wait. */
  close(): void;
}

/**
 * Long-lived child processes that run `file` and answer each message with one message. A child has
 * nothing of ours but the question: no environment, no output. It leaves when we do.
 */
export function createChildPool<Question extends object, Answer>(
  file: string,
  limits: ChildLimits,
): ChildPool<Question, Answer> {
  const idle: { child: ChildProcess; leaving: NodeJS.Timeout }[] = [];

  function take(): ChildProcess {
    const waiting = idle.pop();
    if (!waiting) return start(file, limits.memoryBytes);
    clearTimeout(waiting.leaving);
    return waiting.child;
  }

  function putBack(child: ChildProcess): void {
    // Neither the child nor its channel keeps us alive while nobody asks.
    child.unref();
    child.channel?.unref();
    const entry = { child, leaving: setTimeout(() => leave(), limits.idleMs).unref() };
    const leave = () => {
      const at = idle.indexOf(entry);
      if (at >= 0) idle.splice(at, 1);
      child.kill('SIGKILL');
    };
    child.once('exit', leave);
    idle.push(entry);
  }

  return {
    ask(question) {
      const child = take();
      child.removeAllListeners('exit');
      child.ref();
      child.channel?.ref();
      return new Promise<Answer>((resolve, reject) => {
        const limit = setTimeout(
          () => end(() => reject(new ChildGone('timeout'))),
          limits.timeoutMs,
        );
        const end = (settle: () => void) => {
          clearTimeout(limit);
          child.removeAllListeners();
          // A late word of a child that is killed goes nowhere.
          child.on('error', () => {});
          child.kill('SIGKILL');
          settle();
        };
        child.once('exit', () => end(() => reject(new ChildGone('crash'))));
        // It could not even be started: our trouble, not the question's.
        child.once('error', (error) => end(() => reject(error)));
        child.once('message', (answer) => {
          clearTimeout(limit);
          child.removeAllListeners();
          putBack(child);
          resolve(answer as Answer);
        });
        child.send(question, (error) => {
          // Its exit tells more than that nobody was there to listen.
          if (error && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
        });
      });
    },
    close() {
      for (const { child, leaving } of idle.splice(0)) {
        clearTimeout(leaving);
        child.kill('SIGKILL');
      }
    },
  };
}

function start(file: string, memoryBytes: number): ChildProcess {
  const heapMegabytes = Math.floor(memoryBytes / 4 / 1_048_576);
  const program = [process.execPath, `--max-old-space-size=${heapMegabytes}`, file];
  // The heap's limit knows nothing of what libraries take; `ulimit -d` counts all of it.
  const [command = '', ...args] =
    process.platform === 'linux'
      ? [
          '/bin/sh',
          '-c',
          `ulimit -d ${Math.floor(memoryBytes / 1_024)}; exec "$@"`,
          'sh',
          ...program,
        ]
      : program;
  return spawn(command, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    env: { NODE_ENV: 'production' },
  });
}
