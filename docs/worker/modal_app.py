"""Likeness' trainings on Modal. To deploy: `modal deploy docs/worker/modal_app.py` (docs/gpu-providers.md).

Modal starts this function once for each training, and again on the same input when it takes the
machine away; what a run needs to go on lies on a volume.
"""

from pathlib import Path

import modal

import likeness_worker

HOURS = 60 * 60

app = modal.App("likeness")
weights = modal.Volume.from_name("likeness-weights", create_if_missing=True)
runs = modal.Volume.from_name("likeness-runs", create_if_missing=True)
# The Hugging Face token, HF_TOKEN, which Flux asks for.
secret = modal.Secret.from_name("likeness-worker")
image = (
    modal.Image.from_registry("ostris/aitoolkit:0.12.26")
    .entrypoint([])
    .env({"HF_HOME": "/weights"})
    .add_local_python_source("likeness_worker")
)
small_image = modal.Image.debian_slim("3.12").add_local_python_source("likeness_worker")


@app.function(
    image=image,
    gpu="A100-80GB",
    volumes={"/weights": weights, "/runs": runs},
    secrets=[secret],
    # Of one start. Likeness ends a training earlier by itself, at its own deadline.
    timeout=7 * HOURS,
    startup_timeout=20 * 60,
    retries=0,
    single_use_containers=True,
    max_containers=5,
)
def train(job: dict, config: dict) -> dict:
    return likeness_worker.run(
        job,
        config,
        modal.current_function_call_id(),
        root="/runs",
        can_resume=True,
        commit=runs.commit,
    )


@app.function(image=small_image, volumes={"/runs": runs}, schedule=modal.Period(hours=1))
def clean_up():
    """A container that was killed has left pictures behind: they go when nothing went on with them."""
    likeness_worker.remove_leftovers(Path("/runs"))
    runs.commit()
