"""Likeness' trainings on RunPod Serverless: the handler of a queue endpoint (docs/gpu-providers.md)."""

import asyncio
import os
import threading

import runpod

import likeness_worker


async def handler(job):
    """In a thread, so that the SDK goes on saying that this worker lives."""
    stop = threading.Event()
    training = asyncio.to_thread(
        likeness_worker.run,
        job["input"]["job"],
        job["input"]["config"],
        job["id"],
        root=os.environ.get("LIKENESS_ROOT", "/tmp/likeness"),
        toolkit=os.environ.get("AI_TOOLKIT", "/app/ai-toolkit"),
        stop=stop,
    )
    running = asyncio.ensure_future(training)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # Cancelled by RunPod: the trainer is ended and everything removed before that is passed on.
        stop.set()
        await asyncio.wait([running], timeout=60)
        raise


runpod.serverless.start({"handler": handler})
