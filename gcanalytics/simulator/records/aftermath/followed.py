"""What followed a conversation, in its record: AnalyticsEvaluation, AnalyticsSurvey, AnalyticsResolution.

Field names and enums are the official SDK's. That each object stands there with its newest state and that
``eventTime`` is the instant of it is inferred from the models' descriptions; the words of ``surveyStatus``,
which is free text in the analytics model, are those of the SDK's Survey.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.business.aftermath import evaluations, surveys
from gcanalytics.simulator.business.aftermath.afterwards import Afterwards, Resolution
from gcanalytics.simulator.business.aftermath.evaluations import Evaluation
from gcanalytics.simulator.business.aftermath.surveys import Survey
from gcanalytics.simulator.records.instants import iso

EVALUATION_STATUS: Final = {
    evaluations.ASSIGNED: "Pending",
    evaluations.BEGUN: "InProgress",
    evaluations.DONE: "Finished",
    evaluations.DISPUTED: "InReview",
    evaluations.WITHDRAWN: "Retracted",
}
SURVEY_STATUS: Final = {
    surveys.PREPARED: "Pending",
    surveys.SENT: "Sent",
    surveys.OPENED: "InProgress",
    surveys.ANSWERED: "Finished",
    surveys.DECLINED: "OptOut",
    surveys.UNDELIVERED: "Error",
    surveys.EXPIRED: "Expired",
}


def add_followed(record: dict[str, Any], afterwards: Afterwards, now_ms: int) -> None:
    """Add what has followed a conversation by ``now_ms``; lists without an entry are left out."""
    evaluated = [
        _evaluation(each, step) for each in afterwards.evaluations if (step := each.at(now_ms)) is not None
    ]
    if evaluated:
        record["evaluations"] = evaluated
    survey = afterwards.survey
    if survey is not None and (asked := survey.at(now_ms)) is not None:
        record["surveys"] = [_survey(survey, asked)]
    resolution = afterwards.resolution
    if resolution is not None and resolution.at_ms <= now_ms:
        record["resolutions"] = [_resolution(resolution)]


def _evaluation(each: Evaluation, step: evaluations.Step) -> dict[str, Any]:
    result: dict[str, Any] = {
        "evaluationId": each.id,
        "evaluationStatus": EVALUATION_STATUS[step.state],
        "eventTime": iso(step.at_ms),
        "formId": each.form.id,
        "contextId": each.form.context_id,
        "formName": each.form.name,
        "userId": each.user_id,
        "assigneeApplicable": each.assignee_id is not None,
        "released": step.released,
        "rescored": step.rescored,
        "deleted": step.deleted,
        "systemSubmitted": each.evaluator_id is None,
    }
    for name, value in (
        ("queueId", each.queue_id),
        ("evaluatorId", each.evaluator_id),
        ("assigneeId", each.assignee_id),
        ("calibrationId", each.calibration_id),
        ("oTotalScore", step.score),
        ("oTotalCriticalScore", step.critical_score),
    ):
        if value is not None:
            result[name] = value
    return result


def _survey(each: Survey, step: surveys.Step) -> dict[str, Any]:
    result: dict[str, Any] = {
        "surveyId": each.id,
        "surveyStatus": SURVEY_STATUS[step.state],
        "eventTime": iso(step.at_ms),
        "surveyFormId": each.form.id,
        "surveyFormContextId": each.form.context_id,
        "surveyFormName": each.form.name,
        "surveyType": "Web",
        "userId": each.user_id,
    }
    if each.queue_id is not None:
        result["queueId"] = each.queue_id
    if step.state == surveys.ANSWERED:
        result["surveyCompletedDate"] = iso(step.at_ms)
        result["surveyPartialResponse"] = step.partial
        result["oSurveyTotalScore"] = step.score
        if step.promoter_score is not None:
            result["surveyPromoterScore"] = step.promoter_score
    return result


def _resolution(each: Resolution) -> dict[str, Any]:
    result: dict[str, Any] = {
        "eventTime": iso(each.at_ms),
        "nNextContactAvoided": 0 if each.came_back else 1,
        "userId": each.user_id,
    }
    if each.queue_id is not None:
        result["queueId"] = each.queue_id
    return result
