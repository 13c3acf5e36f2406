package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"postix/domain"
)

// attempt carries out a claimed attempt. It always answers what became of it,
// and what it does not know is uncertain.
func (j *Jobs) attempt(ctx context.Context, a domain.Attempt) (res domain.Result) {
	ctx, cancel := context.WithTimeout(ctx, j.limit(a))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			j.Logger.Error("panic while sending", "delivery", a.DeliveryID, "panic", p, "stack", string(debug.Stack()))
			res = j.failed(a, &domain.SendError{Action: domain.ActRetry, Code: "INTERNAL"})
		}
		switch {
		case res.Status == domain.DeliverySent && a.DetectionID != 0:
			j.Logger.Info(fmt.Sprintf("reply sent (%d/%d)", a.Part, a.Parts), "organization", a.OrganizationID, "account", a.AccountID,
				"detection", a.DetectionID, "delivery", a.DeliveryID)
		case res.Status != domain.DeliverySent:
			j.Logger.Info("delivery not sent", "organization", a.OrganizationID, "account", a.AccountID,
				"campaign", a.CampaignID, "delivery", a.DeliveryID, "status", res.Status, "code", res.Reason)
		}
	}()
	if a.Look {
		return j.look(ctx, a)
	}
	if !a.Known || a.Dialog.MigratedTo != 0 {
		return j.refresh(ctx, a)
	}
	m, err := j.Messenger.Send(ctx, a)
	if err == nil {
		return j.sent(a, m)
	}
	e := sendError(err)
	if e.Action == domain.ActRefresh {
		return j.refresh(ctx, a)
	}
	return j.refused(ctx, a, e)
}

// limit is how long an attempt may take. An answer that is sent takes no longer
// than it is worth something: what has not left by then never does.
func (j *Jobs) limit(a domain.Attempt) time.Duration {
	if a.Expires.IsZero() || a.Look {
		return attemptLimit
	}
	return min(attemptLimit, a.Expires.Sub(j.Now()))
}

// refresh reads the dialog again and sends once more.
func (j *Jobs) refresh(ctx context.Context, a domain.Attempt) domain.Result {
	d, err := j.Messenger.Refresh(ctx, a)
	if err != nil {
		return j.unread(ctx, a, sendError(err))
	}
	res := j.sendTo(ctx, a, d)
	res.RefreshedDialog = &d
	return res
}

func (j *Jobs) sendTo(ctx context.Context, a domain.Attempt, d domain.Dialog) domain.Result {
	if a.Uncertain && d.ID != a.Dialog.ID {
		// Telegram knows the random id in the old chat only: sent to another one
		// it would be a second message.
		m, found, err := j.Messenger.Find(ctx, a)
		if err != nil {
			return j.unseen(a, sendError(err))
		}
		if found {
			return j.found(a, m)
		}
	}
	if d.ID != a.Dialog.ID {
		a.ReplyTo = 0 // it was a number of the old chat
	}
	a.Dialog, a.Known = d, true
	m, err := j.Messenger.Send(ctx, a)
	if err != nil {
		return j.refused(ctx, a, sendError(err))
	}
	return j.sent(a, m)
}

// unread is the result when the dialog could not be read again. No message left
// in this attempt, so that trouble on the way makes nothing uncertain.
func (j *Jobs) unread(ctx context.Context, a domain.Attempt, e *domain.SendError) domain.Result {
	res := j.refused(ctx, a, e)
	if res.Status != domain.DeliveryUncertain {
		return res
	}
	if !a.Uncertain {
		res.Status = domain.DeliveryWaiting
	}
	return res.Unsent()
}

// refused is the result of a send that Telegram did not confirm. A refusal says
// that this attempt was not stored; an earlier, ambiguous one may have been.
func (j *Jobs) refused(ctx context.Context, a domain.Attempt, e *domain.SendError) domain.Result {
	if !a.Uncertain || !definite(e.Action) {
		return j.failed(a, e)
	}
	m, found, err := j.Messenger.Find(ctx, a)
	switch {
	case err != nil:
		return j.unseen(a, sendError(err))
	case found:
		return j.found(a, m)
	}
	return j.absent(a, j.failed(a, e))
}

// look settles an uncertain delivery of a campaign that is paused or cancelled
// without sending.
func (j *Jobs) look(ctx context.Context, a domain.Attempt) domain.Result {
	a.Uncertain = true
	m, found, err := j.Messenger.Find(ctx, a)
	switch {
	case err != nil:
		return j.unseen(a, sendError(err))
	case found:
		return j.found(a, m)
	}
	now := j.Now()
	return j.absent(a, domain.Result{
		Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: now, At: now,
		AccountReadyAt: now.Add(a.Pace.Gap(j.Rand())),
	})
}

// absent is the result when the message is not in its chat: what it means, once
// the message has had the time to show up, and until then uncertain.
func (j *Jobs) absent(a domain.Attempt, means domain.Result) domain.Result {
	shows := a.UncertainAt.Add(j.arrival)
	if !means.At.Before(shows) {
		return means
	}
	again := means.At.Add(domain.Backoff(a.Number))
	if again.After(shows) {
		again = shows
	}
	return domain.Result{
		Attempt: a, Status: domain.DeliveryUncertain, Reason: domain.CodeTimeout, Looked: true,
		DueAt: again, AccountReadyAt: means.AccountReadyAt, At: means.At,
	}
}

// unseen is the result when the chat could not be looked at: an uncertain
// delivery stays so, also when Telegram will never show that chat again. A send
// of the same attempt, if there was one, was refused.
func (j *Jobs) unseen(a domain.Attempt, e *domain.SendError) domain.Result {
	if definite(e.Action) {
		e = &domain.SendError{Action: domain.ActRetry, Code: e.Code, Err: e.Err}
	}
	return j.failed(a, e).Unsent()
}

func (j *Jobs) found(a domain.Attempt, m domain.SentMessage) domain.Result {
	return domain.SettleFound(a, m, j.Now(), j.Rand())
}

func (j *Jobs) sent(a domain.Attempt, m domain.SentMessage) domain.Result {
	return domain.SettleSent(a, m, j.Now(), j.Rand())
}

func (j *Jobs) failed(a domain.Attempt, e *domain.SendError) domain.Result {
	return domain.SettleError(a, e, j.Now(), j.Rand())
}

// definite reports whether the action ends a delivery as failed.
func definite(x domain.Action) bool {
	return x == domain.ActFailPeer || x == domain.ActFailCampaign || x == domain.ActRefresh
}

// sendError is err as every Messenger should have answered it.
func sendError(err error) *domain.SendError {
	var e *domain.SendError
	if errors.As(err, &e) {
		return e
	}
	return &domain.SendError{Action: domain.ActRetry, Code: "UNKNOWN", Err: err}
}
