package db

import (
	"database/sql"
	"math"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// ms is a time as it is stored; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is the time that was stored.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func duration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// reference is a foreign key that may be missing: 0 stands for none.
func reference(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }

// upTo is a LIMIT, where 0 means all.
func upTo(limit int) int64 {
	if limit <= 0 {
		return math.MaxInt32
	}
	return int64(limit)
}

// The apostrophes that people type for those of oʻ, gʻ and ʼ.
var apostrophes = strings.NewReplacer("ʻ", "'", "ʼ", "'", "‘", "'", "’", "'", "`", "'")

// fold makes texts comparable without case in any script; SQLite itself knows
// the case of ASCII only.
func fold(s string) string { return apostrophes.Replace(strings.ToLower(s)) }

// foldPeer is what a peer is found by; a search for "@name" finds usernames only.
func foldPeer(p domain.Peer) string {
	if p.Username == "" {
		return fold(p.Title)
	}
	return fold(p.Title + " @" + p.Username)
}

func toOrganization(r sqlc.Organization) domain.Organization {
	o := domain.Organization{
		ID: r.ID, Name: r.Name, Zone: r.Zone, Service: r.Service == 1,
		Own: domain.Pace{
			GapMin: duration(r.GapMinMs), GapMax: duration(r.GapMaxMs), ChatGap: duration(r.ChatGapMs),
			PerHour: int(r.PerHour), PerDay: int(r.PerDay), MinInterval: duration(r.MinIntervalMs),
		},
		Granted: domain.Pace{
			GapMin: duration(r.GrantedGapMs), GapMax: duration(r.GrantedGapMs), ChatGap: duration(r.GrantedChatGapMs),
			PerHour: int(r.GrantedPerHour), PerDay: int(r.GrantedPerDay), MinInterval: duration(r.GrantedIntervalMs),
		},
		QuietFrom: int(r.QuietFrom), QuietTo: int(r.QuietTo), Days: domain.Days(r.Days), Stop: domain.Stop(r.Stop),
		Limits: domain.Limits{
			Users: int(r.UserLimit), Accounts: int(r.AccountLimit), CampaignsPerDay: int(r.CampaignsPerDay),
			MessagesPerDay: int(r.MessagesPerDay), WatchOff: r.WatchOff == 1,
		},
		Block:     domain.Block{Reason: r.BlockReason, From: at(r.BlockFrom), Until: at(r.BlockUntil), Since: at(r.BlockedAt), ByService: true},
		CreatedAt: at(r.CreatedAt),
	}
	o.Pace = o.Own.Within(o.Granted)
	return o
}

func toUser(r sqlc.User) domain.User {
	return domain.User{
		ID: r.ID, OrganizationID: r.OrganizationID, DepartmentID: r.DepartmentID.Int64,
		Role: domain.Role(r.Role), Name: r.Name, Email: r.Email, TelegramID: r.TelegramID, Lang: r.Lang,
		Zone: r.Zone, ReadOnly: r.ReadOnly == 1, Sees: domain.Sees(r.Sees), DeletedAt: at(r.DeletedAt),
		Block: domain.Block{
			Reason: r.BlockReason, From: at(r.BlockFrom), Until: at(r.BlockUntil), Since: at(r.BlockedAt), ByService: r.BlockService == 1,
		},
		MustChange: r.MustChange == 1, TOTP: len(r.Totp) > 0, CreatedAt: at(r.CreatedAt),
	}
}

func toAccount(r sqlc.AccountRow) domain.Account {
	return domain.Account{
		ID: r.ID, OrganizationID: r.OrganizationID, UserID: r.UserID,
		Phone: domain.Phone(r.Phone), TelegramID: r.TelegramID,
		FirstName: r.FirstName, LastName: r.LastName, Username: r.Username,
		State: domain.AccountState(r.State), Reason: r.Reason,
		WaitUntil: at(r.WaitUntil), WaitReason: r.WaitReason,
		LimitUntil: at(r.LimitUntil), LimitReason: r.LimitReason, WarmAt: at(r.WarmAt),
		DialogsAt: at(r.DialogsAt), Dialogs: int(r.Dialogs), ConnectedAt: at(r.ConnectedAt),
		Listens: r.Listens == 1, UserName: r.UserName,
	}
}

func toPeer(id int64, kind, title, username string, members int64) domain.Peer {
	return domain.Peer{ID: domain.PeerID(id), Kind: domain.PeerKind(kind), Title: title, Username: username, Members: int(members)}
}

func toDialog(r sqlc.Dialog) domain.Dialog {
	return domain.Dialog{
		Peer:      toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members),
		AccountID: r.AccountID, AccessHash: r.AccessHash, CanWrite: r.CanWrite == 1, DenyReason: r.DenyReason,
		SlowMode: duration(r.SlowModeMs), Forum: r.Forum == 1, MigratedTo: domain.PeerID(r.MigratedTo),
		Fails: int(r.Fails), WaitUntil: at(r.WaitUntil), WaitReason: r.WaitReason, SeenAt: at(r.SeenAt),
	}
}

func fromDialog(organizationID, accountID int64, d domain.Dialog, position int64) sqlc.PutDialogParams {
	return sqlc.PutDialogParams{
		AccountID: accountID, PeerID: int64(d.ID), OrganizationID: organizationID, Position: position,
		Kind: string(d.Kind), Title: d.Title, Username: d.Username, Search: foldPeer(d.Peer), Members: int64(d.Members),
		AccessHash: d.AccessHash, CanWrite: flag(d.CanWrite), DenyReason: d.DenyReason,
		SlowModeMs: d.SlowMode.Milliseconds(), Forum: flag(d.Forum), MigratedTo: int64(d.MigratedTo),
		Fails: int64(d.Fails), WaitUntil: ms(d.WaitUntil), WaitReason: d.WaitReason, SeenAt: ms(d.SeenAt),
	}
}

func toCatalog(r sqlc.CatalogRow) domain.Catalog {
	return domain.Catalog{
		ID: r.ID, OrganizationID: r.OrganizationID, UserID: r.UserID, Name: r.Name, Peers: int(r.Peers),
		UserName: r.UserName, CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
	}
}

func toCampaign(r sqlc.CampaignRow) domain.Campaign {
	account := domain.Account{FirstName: r.FirstName, LastName: r.LastName, Phone: domain.Phone(r.AccountPhone)}
	pace := domain.Pace{MinInterval: duration(r.MinIntervalMs), ChatGap: duration(r.ChatGapMs)}.
		Within(domain.Pace{MinInterval: duration(r.GrantedIntervalMs), ChatGap: duration(r.GrantedChatGapMs)})
	return domain.Campaign{
		ID: r.ID, OrganizationID: r.OrganizationID, UserID: r.UserID, DepartmentID: r.DepartmentID.Int64, UUID: r.Uuid, Token: r.Token, Reply: r.Kind == kindReply,
		AccountID: r.AccountID, CatalogID: r.CatalogID.Int64, CatalogName: r.CatalogName,
		Text: r.Body, Formats: toFormats(r.Formats), Rounds: int(r.Rounds), Interval: duration(r.IntervalMs), StartAt: at(r.StartAt), Peers: int(r.Peers),
		Status: domain.CampaignStatus(r.Status), Reason: r.Reason, Round: int(r.Round), NextDueAt: at(r.NextDueAt),
		Counts:    toCounts(r.Planned, r.Sent, r.Failed, r.Cancelled, r.Missed, r.Skipped, r.Uncertain),
		CreatedAt: at(r.CreatedAt), StartedAt: at(r.StartedAt), FinishedAt: at(r.FinishedAt),
		LastSentAt: at(r.LastSentAt), PlannedEnd: at(r.PlannedEnd),
		UserName: r.UserName, AccountName: account.Name(), AccountPhone: account.Phone,
		AccountState: domain.AccountState(r.AccountState), AccountReason: r.AccountReason, WaitUntil: at(r.WaitUntil), WaitReason: r.WaitReason,
		LimitUntil: at(r.LimitUntil), LimitReason: r.LimitReason,
		AfterAt: at(r.AfterAt), Texts: int(r.Texts), SumsWrong: r.SumsWrongAt != 0, Stop: domain.Stop(r.Stop),
		MinInterval: pace.MinInterval, ChatGap: pace.ChatGap,
		Hours: domain.Organization{
			Zone: r.Zone, QuietFrom: int(r.QuietFrom), QuietTo: int(r.QuietTo), Days: domain.Days(r.Days),
		}.Hours(),
	}
}

func toCampaigns(rows []sqlc.CampaignRow) []domain.Campaign {
	cs := make([]domain.Campaign, len(rows))
	for i, r := range rows {
		cs[i] = toCampaign(r)
	}
	return cs
}

func toCounts(planned, sent, failed, cancelled, missed, skipped, uncertain int64) domain.Counts {
	return domain.Counts{
		Planned: int(planned), Sent: int(sent), Failed: int(failed), Cancelled: int(cancelled),
		Missed: int(missed), Skipped: int(skipped), Uncertain: int(uncertain),
	}
}

func toRound(r sqlc.Round) domain.Round {
	return domain.Round{
		Number: int(r.Number), Status: domain.RoundStatus(r.Status),
		PlannedAt: at(r.PlannedAt), OpenedAt: at(r.OpenedAt), ClosedAt: at(r.ClosedAt), Late: r.Late == 1,
		Counts: toCounts(r.Planned, r.Sent, r.Failed, r.Cancelled, r.Missed, r.Skipped, r.Uncertain),
	}
}
