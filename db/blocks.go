package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// holdCampaigns pauses what is live and not paused: of a user, or of the whole
// organization for userID 0. For [domain.CodeUserBlocked] that is also what others
// send from his accounts. Answers are not paused, but cancelled: they are worth
// nothing later. Who becomes [domain.CodeReadOnly] leaves answers alone.
func holdCampaigns(ctx context.Context, q *sqlc.Queries, organizationID, userID int64, reason string, when time.Time) error {
	rows, err := q.CampaignsToHold(ctx, sqlc.CampaignsToHoldParams{
		OrganizationID: organizationID, OfUser: userID, WithAccounts: flag(reason != domain.CodeReadOnly),
	})
	if err != nil {
		return fmt.Errorf("list the campaigns to pause: %w", err)
	}
	for _, c := range toCampaigns(rows) {
		if userID != 0 && c.UserID != userID { // whoever has ordered it is told
			err = pauseCampaign(ctx, q, organizationID, c.ID, reason, when)
		} else {
			err = setHeld(ctx, q, c, domain.CampaignPaused, reason, true)
		}
		if err != nil {
			return err
		}
	}
	if reason == domain.CodeReadOnly {
		return nil
	}
	return endReplies(ctx, q, organizationID, userID, when)
}

// blockDetail is what the audit keeps of a block: why, from and until when.
func blockDetail(b domain.Block) string {
	const minutes = "2006-01-02 15:04 MST"
	detail := b.Reason + "; from: " + b.From.UTC().Format(minutes)
	if b.Until.IsZero() {
		return detail
	}
	return detail + "; until: " + b.Until.UTC().Format(minutes)
}

// endReplies cancels what is open of answers from a user's accounts, or from all.
func endReplies(ctx context.Context, q *sqlc.Queries, organizationID, userID int64, when time.Time) error {
	rows, err := q.RepliesToEnd(ctx, sqlc.RepliesToEndParams{OrganizationID: organizationID, OfUser: userID})
	if err != nil {
		return fmt.Errorf("list the answers to cancel: %w", err)
	}
	for _, c := range toCampaigns(rows) {
		if err := cancelNow(ctx, q, c, when); err != nil {
			return err
		}
	}
	return nil
}

// endSessionsOf signs a user out, or the whole organization for userID 0. Links by
// which a password is set stay: they open nothing until the block ends.
func endSessionsOf(ctx context.Context, q *sqlc.Queries, organizationID, userID int64) error {
	if err := q.EndSessionsOf(ctx, sqlc.EndSessionsOfParams{OrganizationID: organizationID, OfUser: userID}); err != nil {
		return fmt.Errorf("end the sessions: %w", err)
	}
	return nil
}

// mayGoOut refuses to let something of a campaign go out that a block or being
// read-only holds: Forbidden (campaign.organization_blocked, campaign.user_blocked,
// campaign.read_only), Conflict (campaign.account_blocked, campaign.account_left) on
// "account".
func mayGoOut(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	b, err := q.Bars(ctx, sqlc.BarsParams{OrganizationID: c.OrganizationID, UserID: c.UserID, AccountID: c.AccountID})
	switch {
	case err != nil:
		return missing("account.missing", err)
	case b.Organization > 0:
		return domain.E(domain.Forbidden, "campaign.organization_blocked")
	case b.Orderer > 0:
		return domain.E(domain.Forbidden, "campaign.user_blocked")
	case b.ReadOnly == 1:
		return domain.E(domain.Forbidden, "campaign.read_only")
	case b.HolderGone > 0:
		return domain.E(domain.Conflict, "campaign.account_left").On("account")
	case b.Holder > 0:
		return domain.E(domain.Conflict, "campaign.account_blocked").On("account")
	}
	return nil
}

// MayOrder implements [domain.CampaignStore].
func (s *Store) MayOrder(ctx context.Context, organizationID, userID, accountID int64) error {
	c := domain.Campaign{OrganizationID: organizationID, UserID: userID, AccountID: accountID}
	return refuse("look for blocks", mayGoOut(ctx, s.read, c))
}

// mayConnect refuses an account of somebody who is blocked, and a number that is:
// Conflict (phone.blocked) on "phone", (account.user_blocked) on "user", Forbidden
// (organization.blocked).
func mayConnect(ctx context.Context, q *sqlc.Queries, organizationID, userID int64, p domain.Phone) error {
	blocked, err := q.PhoneIsBlocked(ctx, string(p))
	if err != nil {
		return fmt.Errorf("look whether the number is blocked: %w", err)
	}
	if blocked == 1 {
		return domain.E(domain.Conflict, "phone.blocked").On("phone")
	}
	may, err := q.UserMayConnect(ctx, sqlc.UserMayConnectParams{OrganizationID: organizationID, UserID: userID})
	switch {
	case err != nil:
		return fmt.Errorf("look for blocks: %w", err)
	case may.OrganizationMay == 0:
		return domain.E(domain.Forbidden, "organization.blocked")
	case may.UserMay == 0:
		return domain.E(domain.Conflict, "account.user_blocked").On("user")
	}
	return nil
}

// MayConnect implements [domain.LoginStore].
func (s *Store) MayConnect(ctx context.Context, organizationID, userID int64, p domain.Phone) error {
	err := mayConnect(ctx, s.read, organizationID, userID, p)
	if err == nil {
		err = checkRoom(ctx, s.read, organizationID, p)
	}
	return refuse("look whether a number may be connected", err)
}

// checkRoom refuses a number for which the organization has no place: Conflict
// (account.limit). One that it holds takes none.
func checkRoom(ctx context.Context, q *sqlc.Queries, organizationID int64, p domain.Phone) error {
	held, err := q.AccountByPhone(ctx, string(p))
	if err := ignoreMissing(err); err != nil {
		return fmt.Errorf("look for the phone: %w", err)
	}
	return checkAccounts(ctx, q, organizationID, held.ID)
}

// MayListen implements [domain.WatchStore].
func (s *Store) MayListen(ctx context.Context, organizationID int64) (bool, error) {
	may, err := s.read.MayListen(ctx, organizationID)
	return may == 1, refuse("look whether an organization has a filter", err)
}
