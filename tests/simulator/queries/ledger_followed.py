"""What followed a conversation by an instant, worked out from the ledger: evaluations, surveys, resolutions.

A second hand's reading, as `ledger_facts` is; instants are milliseconds since the epoch.
"""

from typing import Any

from gcanalytics.simulator.business.aftermath import evaluations, surveys
from gcanalytics.simulator.business.aftermath.afterwards import Resolution
from gcanalytics.simulator.business.aftermath.evaluations import Evaluation
from gcanalytics.simulator.business.aftermath.surveys import Survey
from gcanalytics.simulator.business.ledger import Conversation

Item = dict[str, Any]


def followed(conversation: Conversation, now_ms: int) -> dict[str, list[Item]]:
    """``evaluations``, ``surveys`` and ``resolutions`` that are there, each as dimension to value."""
    afterwards = conversation.afterwards
    if afterwards is None:
        return {"evaluations": [], "surveys": [], "resolutions": []}
    evaluated = [_evaluation(each, now_ms) for each in afterwards.evaluations]
    asked = [_survey(each, now_ms) for each in [afterwards.survey] if each]
    resolved = [_resolution(each, now_ms) for each in [afterwards.resolution] if each]
    return {
        "evaluations": [each for each in evaluated if each],
        "surveys": [each for each in asked if each],
        "resolutions": [each for each in resolved if each],
    }


def _evaluation(each: Evaluation, now_ms: int) -> Item | None:
    steps = [step for step in each.steps if step.at_ms <= now_ms]
    if not steps:
        return None
    step = steps[-1]
    return {
        "assigneeApplicable": each.assignee_id is not None,
        "assigneeId": each.assignee_id,
        "calibrationId": each.calibration_id,
        "contextId": each.form.context_id,
        "deleted": step.deleted,
        "evaluationId": each.id,
        "evaluationStatus": {
            evaluations.ASSIGNED: "Pending",
            evaluations.BEGUN: "InProgress",
            evaluations.DONE: "Finished",
            evaluations.DISPUTED: "InReview",
            evaluations.WITHDRAWN: "Retracted",
        }[step.state],
        "evaluatorId": each.evaluator_id,
        "eventTime": step.at_ms,
        "formId": each.form.id,
        "formName": each.form.name,
        "queueId": each.queue_id,
        "released": step.released,
        "rescored": step.rescored,
        "systemSubmitted": each.evaluator_id is None,
        "userId": each.user_id,
        "oTotalScore": step.score,
        "oTotalCriticalScore": step.critical_score,
    }


def _survey(each: Survey, now_ms: int) -> Item | None:
    steps = [step for step in each.steps if step.at_ms <= now_ms]
    if not steps:
        return None
    step = steps[-1]
    found: Item = {
        "eventTime": step.at_ms,
        "queueId": each.queue_id,
        "surveyFormContextId": each.form.context_id,
        "surveyFormId": each.form.id,
        "surveyId": each.id,
        "surveyStatus": {
            surveys.PREPARED: "Pending",
            surveys.SENT: "Sent",
            surveys.OPENED: "InProgress",
            surveys.ANSWERED: "Finished",
            surveys.DECLINED: "OptOut",
            surveys.UNDELIVERED: "Error",
            surveys.EXPIRED: "Expired",
        }[step.state],
        "surveyType": "Web",
        "userId": each.user_id,
    }
    if step.state != surveys.ANSWERED:
        return found
    return found | {
        "surveyCompletedDate": step.at_ms,
        "surveyPartialResponse": step.partial,
        "surveyPromoterScore": step.promoter_score,
        "oSurveyTotalScore": step.score,
    }


def _resolution(each: Resolution, now_ms: int) -> Item | None:
    return None if each.at_ms > now_ms else {"nNextContactAvoided": int(not each.came_back)}
