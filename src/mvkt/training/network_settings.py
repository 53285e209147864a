"""Settings of the networks of a recipe: backbone, training, what comes before, and random changes of the records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from mvkt.ecg.leads import view_leads
from mvkt.models import resolve_settings
from mvkt.settings import Settings
from mvkt.transfer.loss import Positive


class ModelSettings(BaseModel):
    """A backbone by name; the other keys are its own settings (see :mod:`mvkt.models`)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = "resnet1d"

    @property
    def settings(self) -> dict[str, Any]:
        """What is given to the backbone besides leads and classes."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _known(self) -> ModelSettings:
        resolve_settings(self.name, leads=1, classes=1, **self.settings)
        return self


class AugmentationSettings(Settings):
    """Random changes of the training records; all 0 trains on the records as they are.

    Every change is coherent over the leads: teacher and student see the same altered record.

    Attributes:
        shift_seconds: The record is rolled by up to this much, either way.
        scale: Amplitude is multiplied by a factor between ``1 / (1 + scale)`` and ``1 + scale``.
        noise_mv: Upper end of the standard deviation of white noise at each electrode.
        wander_mv: Upper end of the amplitude of baseline wander (0.15 to 0.7 Hz) at each electrode.
        mask_share: Up to this share of the record is blanked out in a single piece.
        upside_down: Share of the records that are turned upside down as a whole, as by a device in the other hand.
        mixup: Each record, and its labels, is mixed with another of its batch by a share drawn from
            ``Beta(mixup, mixup)``; the record keeps at least half. The teacher sees the same mixture.
            Source: Zhang et al., *mixup: Beyond Empirical Risk Minimization*, ICLR 2018.
    """

    shift_seconds: Annotated[float, Field(ge=0)] = 0.0
    scale: Annotated[float, Field(ge=0, le=10)] = 0.0
    noise_mv: Annotated[float, Field(ge=0, le=5)] = 0.0
    wander_mv: Annotated[float, Field(ge=0, le=5)] = 0.0
    mask_share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    upside_down: Annotated[float, Field(ge=0, le=1)] = 0.0
    mixup: Annotated[float, Field(ge=0, le=10)] = 0.0

    @property
    def active(self) -> bool:
        """Whether anything is changed at all."""
        return any(self.model_dump().values())


class TrainingSettings(Settings):
    """How a network is trained.

    Attributes:
        epochs: Passes over the training records.
        batch_size: Records in a step.
        optimiser: ``adamw``, with decoupled weight decay, or ``adam``.
        learning_rate: The highest of the schedule.
        weight_decay: Of the optimiser.
        schedule: ``one-cycle`` (Smith and Topin, 2018: rate up over ``warmup_epochs`` and down to nothing, momentum
            the other way round); ``cosine`` to nothing or ``step`` (times ``step_factor`` at each of
            ``step_epochs``), both after ``warmup_epochs`` of linear warm-up.
        steps: Batches in an epoch; 0 is a pass over the records. Trainings on few and on many records are compared at
            equal steps.
        warmup_epochs: Epochs in which the learning rate rises.
        step_epochs: Epochs at which the schedule ``step`` lowers the learning rate.
        step_factor: Factor by which it does.
        precision: ``auto`` takes bfloat16 autocast where the processor computes with it natively, else float32.
        gradient_clip: Largest L2 norm of the gradient; 0 for none.
        patience: Epochs without a better validation macro AUC after which training stops; 0 never stops early.
        average_decay: Decay a step of an exponential moving average of the weights, which is then what is validated
            and kept; 0 keeps the weights themselves. Source: Tarvainen and Valpola, *Mean teachers*, NeurIPS 2017.
    """

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 20
    batch_size: Annotated[int, Field(ge=2, le=65_536)] = 64
    optimiser: Literal["adamw", "adam"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.05
    schedule: Literal["one-cycle", "cosine", "step"] = "one-cycle"
    warmup_epochs: Annotated[float, Field(ge=0)] = 4.0
    step_epochs: tuple[int, ...] = ()
    step_factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    steps: Annotated[int, Field(ge=0)] = 0
    gradient_clip: Annotated[float, Field(ge=0)] = 1.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    patience: Annotated[int, Field(ge=0)] = 0
    average_decay: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _schedule_fits(self) -> TrainingSettings:
        if self.warmup_epochs >= self.epochs:
            raise ValueError(f"warmup_epochs ({self.warmup_epochs:g}) must be fewer than epochs ({self.epochs})")
        if (self.schedule == "step") != bool(self.step_epochs):
            raise ValueError("step_epochs belong to schedule = 'step', and it needs them")
        return self


class PretrainingSettings(Settings):
    """What a network learns before its task, from all leads of the training records of the corpus.

    Attributes:
        objective: ``any-lead``: the task itself, from leads drawn at random, as many as the view has. ``contrastive``:
            two such draws from a record are to get similar embeddings. ``masked``: hidden pieces are to be predicted
            from the rest.
        training: How it is trained; the last epoch is kept.
    """

    objective: Literal["any-lead", "contrastive", "masked"]
    training: TrainingSettings = TrainingSettings()


class ConsistencySettings(Settings):
    """Agreement of a network with the moving average of its own weights (mean teacher).

    Network and average see the same records, each altered in its own way. That needs no label, so that records without
    labels are learned from as well.

    Source: Tarvainen and Valpola, *Mean teachers are better role models*, NeurIPS 2017, with the divergence of MKD in
    the place of the squared error.

    Attributes:
        weight: Of the divergence, beside the losses of labels and teachers.
        decay: Share that the average keeps in a step.
    """

    weight: Positive
    decay: Annotated[float, Field(gt=0, lt=1)] = 0.99


class NetworkSettings(Settings):
    """A network of a run: its leads, its backbone, its training.

    Attributes:
        view: Leads that it sees: ``I``, ``I+II``, ``limb``, ``12-lead``.
        standardise: Standardisation of its input instead of that of the corpus. ``global`` uses the mean and standard
            deviation of the view on the training folds and keeps voltages comparable, which suits a teacher of clinical
            recordings. ``record`` standardises each window by itself, so that the gain of a device does not matter.
        model: Backbone and its settings.
        training: How it is trained.
        pretraining: What it learns first. Empty text means nothing, so that a study can remove what its recipe has.
        consistency: Agreement with its own moving average, on records without labels too. Empty text means none.
        start: Trained network from which this network goes on: the name of a network in the box (``lead-I``), the
            folder or ``hf://`` address of a bundle, the folder of a finished run (its student), or of a network in it
            (``run/teacher``). Its backbone is taken, and of its last layer the classes of the same code. A single lead
            may differ from that of the start. Empty text or ``none`` means random weights.
        start_rate: Factor of the learning rate for what was taken from the start.
        person: Whether age and sex, where known, shift the logits by a linear term. In training they are hidden at
            random, so that the network works without them as well.
        auxiliary_task: A second task of the corpus that the network learns at the same time (Caruana, *Multitask
            Learning*, 1997). It plays no part in selection, measurement or deployment. Empty text means none.
        auxiliary_min_samples: ``min_samples`` of the second task, counted in the training folds.
        seed: Seed of this network instead of that of the run, so that runs of several seeds can share a teacher.
        rhythm: Whether what the beats show adds to its logits (:mod:`mvkt.ecg.rhythm_features`); for a view of a single
            lead, in windows that are long enough for a rhythm. Fitted once the network is trained.
    """

    view: str
    standardise: Literal["record", "global", "none"] | None = None
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    pretraining: PretrainingSettings | None = None
    # Left out where it is None, so that networks from before it keep their keys.
    consistency: Annotated[ConsistencySettings | None, Field(exclude_if=lambda given: given is None)] = None
    start: str | None = None
    start_rate: Annotated[float, Field(ge=0, le=1)] = 0.3
    person: bool = False
    auxiliary_task: str | None = None
    auxiliary_min_samples: Annotated[int, Field(ge=0)] = 20
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    rhythm: bool = False

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads of the view."""
        return view_leads(self.view)

    @field_validator("auxiliary_task", "pretraining", "consistency", "start", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any, info: ValidationInfo) -> Any:
        return None if value == "" or (info.field_name, value) == ("start", "none") else value

    @model_validator(mode="after")
    def _begins_once(self) -> NetworkSettings:
        if self.start and self.pretraining:
            raise ValueError("a network goes on from another (start) or from its own pretraining, not from both")
        return self

    @model_validator(mode="after")
    def _rhythm_of_a_lead(self) -> NetworkSettings:
        if self.rhythm and len(self.leads) > 1:
            raise ValueError(f"rhythm = true is for a single lead; the view is {self.view}")
        return self

    @field_validator("view")
    @classmethod
    def _view_exists(cls, view: str) -> str:
        view_leads(view)
        return view


class TeacherSettings(NetworkSettings):
    """A network that teaches.

    Attributes:
        members: Number of teachers of this kind, with consecutive seeds. The student learns from the mean of their
            logits.
        cross_fit: Number of teachers, each trained without its share of the patients. The outputs for a record come
            from the teacher that has not learned from its patient, and are computed once, on the original records.
            0 trains a single teacher on all records.
    """

    members: Annotated[int, Field(ge=1, le=100)] = 1
    cross_fit: Annotated[int, Field(ge=0, le=100)] = 0

    @field_validator("cross_fit")
    @classmethod
    def _more_than_one_part(cls, cross_fit: int) -> int:
        if cross_fit == 1:
            raise ValueError(
                "1 part leaves nothing to learn from; give 2 or more, or 0 for a single teacher of all records"
            )
        return cross_fit
