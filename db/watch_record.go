package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"postix/db/sqlc"
	"postix/domain"
	"postix/domain/filter"
)

const (
	quarter = 15 * time.Minute // that messages are counted by
	textLag = time.Hour        // how far the times of a text may lag, so that few messages write them

	criticalWithin = 24 * time.Hour // what is older is not told of any more
)

// recording is one call of Record, in its transaction.
type recording struct {
	org    int64
	q      *sqlc.Queries
	fresh  []freshMessage
	chats  map[int64]sqlc.PutHeardChatParams
	counts map[int64]int64 // by quarter
}

// freshMessage is one that was not stored yet.
type freshMessage struct {
	*domain.Judged
	key, text int64
}

// Record implements [domain.WatchStore].
func (s *Store) Record(ctx context.Context, organizationID int64, heard []domain.Judged) ([]domain.Detection, error) {
	var found []domain.Detection
	err := s.write(ctx, "record what was heard", func(ctx context.Context, q *sqlc.Queries) (err error) {
		r := recording{org: organizationID, q: q, chats: map[int64]sqlc.PutHeardChatParams{}, counts: map[int64]int64{}}
		if err := r.checkAccounts(ctx, heard); err != nil {
			return err
		}
		for i := range heard {
			if err := r.hear(ctx, &heard[i]); err != nil {
				return fmt.Errorf("store a message: %w", err)
			}
		}
		if err := r.around(ctx); err != nil {
			return err
		}
		found, err = r.detect(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (r *recording) checkAccounts(ctx context.Context, heard []domain.Judged) error {
	known := map[int64]bool{}
	for _, j := range heard {
		if known[j.AccountID] {
			continue
		}
		known[j.AccountID] = true
		_, err := r.q.Account(ctx, sqlc.AccountParams{OrganizationID: r.org, ID: j.AccountID})
		if err != nil {
			return missing(keyNoWatch, err)
		}
	}
	return nil
}

// hear stores a message if it is new.
func (r *recording) hear(ctx context.Context, j *domain.Judged) error {
	m := &j.GroupMessage
	text, err := r.text(ctx, m, j.Verdict.Dispatcher)
	if err != nil {
		return fmt.Errorf("its text: %w", err)
	}
	key := messageKey(m)
	n, err := r.q.InsertHeard(ctx, sqlc.InsertHeardParams{
		OrganizationID: r.org, ChatID: m.ChatID, MessageKey: key, MessageID: m.ID, SenderID: m.SenderID, At: ms(m.At), TextID: text,
	})
	if err != nil || n == 0 {
		return err
	}
	r.fresh = append(r.fresh, freshMessage{j, key, text})
	r.counts[ms(m.At.Truncate(quarter))]++
	return r.q.PutSender(ctx, sqlc.PutSenderParams{
		OrganizationID: r.org, SenderID: m.SenderID, Username: m.Username, FirstName: m.FirstName, LastName: m.LastName,
		Search: foldSender(m), At: ms(m.At),
	})
}

// text is the id of the message's text. Its times are written when they lag too
// much; a text is searched in from its first detection on.
func (r *recording) text(ctx context.Context, m *filter.Message, detected bool) (int64, error) {
	heardAt, detectedAt, search := ms(m.At), int64(0), ""
	if detected {
		detectedAt, search = heardAt, fold(m.Text)
	}
	hash := textHash(m.Text)
	t, err := r.q.HeardText(ctx, sqlc.HeardTextParams{OrganizationID: r.org, Hash: hash})
	if errors.Is(err, sql.ErrNoRows) {
		return r.q.InsertHeardText(ctx, sqlc.InsertHeardTextParams{
			OrganizationID: r.org, Hash: hash, Body: m.Text, Search: search, HeardAt: heardAt, DetectedAt: detectedAt,
		})
	}
	lag := textLag.Milliseconds()
	if err != nil || heardAt < t.HeardAt+lag && (!detected || t.DetectedAt > 0 && detectedAt < t.DetectedAt+lag) {
		return t.ID, err
	}
	return t.ID, r.q.TouchHeardText(ctx, sqlc.TouchHeardTextParams{
		Search: search, HeardAt: max(heardAt, t.HeardAt), DetectedAt: max(detectedAt, t.DetectedAt), OrganizationID: r.org, ID: t.ID,
	})
}

// around stores the groups of the new messages, and how many they are.
func (r *recording) around(ctx context.Context) error {
	for _, f := range r.fresh {
		m := &f.GroupMessage
		c := sqlc.PutHeardChatParams{OrganizationID: r.org, ChatID: m.ChatID, Title: m.ChatTitle, Members: int64(m.ChatMembers)}
		if had, ok := r.chats[m.ChatID]; ok && had == c {
			continue
		}
		r.chats[m.ChatID] = c
		if err := r.q.PutHeardChat(ctx, c); err != nil {
			return fmt.Errorf("store a group: %w", err)
		}
	}
	for at, n := range r.counts {
		if err := r.q.CountHeard(ctx, sqlc.CountHeardParams{OrganizationID: r.org, At: at, Messages: n}); err != nil {
			return fmt.Errorf("count the messages: %w", err)
		}
	}
	return nil
}

// detect stores the new messages that are of dispatchers.
func (r *recording) detect(ctx context.Context) ([]domain.Detection, error) {
	var found []domain.Detection
	for _, f := range r.fresh {
		if !f.Verdict.Dispatcher {
			continue
		}
		id, err := r.insert(ctx, f)
		if errors.Is(err, sql.ErrNoRows) {
			continue // found before, and forgotten since as a message
		}
		if err == nil {
			err = r.count(ctx, f)
		}
		if err != nil {
			return nil, fmt.Errorf("store a detection: %w", err)
		}
		found = append(found, domain.Detection{
			ID: id, OrganizationID: r.org, AccountID: f.AccountID, Message: f.GroupMessage,
			Severity: f.Verdict.Severity, Rule: f.Verdict.Rule, Hits: f.Verdict.Hits, Phones: f.Verdict.Phones,
			Silence: domain.SilentStopped,
		})
	}
	for i := range found {
		var err error
		if found[i].Sender, err = watchedSender(ctx, r.q, r.org, found[i].SenderID); err != nil {
			return nil, fmt.Errorf("find a sender: %w", err)
		}
	}
	return found, nil
}

func (r *recording) insert(ctx context.Context, f freshMessage) (int64, error) {
	m, v := &f.GroupMessage, &f.Verdict
	hits, err := fromHits(v.Hits)
	if err != nil {
		return 0, err
	}
	phones, err := json.Marshal(v.Phones)
	if err != nil {
		return 0, err
	}
	return r.q.InsertDetection(ctx, sqlc.InsertDetectionParams{
		OrganizationID: r.org, AccountID: f.AccountID, ChatID: m.ChatID, MessageKey: f.key, MessageID: m.ID,
		SenderID: m.SenderID, At: ms(m.At), TextID: f.text, Username: m.Username, FirstName: m.FirstName, LastName: m.LastName,
		Severity: int64(v.Severity), Rule: string(v.Rule), Rules: ruleSet(v.Hits), Hits: hits, Phones: string(phones),
		Silence: domain.SilentStopped,
	})
}

// count counts a detection at its sender. Who is caught by phone_spam is marked,
// which people are told once.
func (r *recording) count(ctx context.Context, f freshMessage) error {
	m := &f.GroupMessage
	err := r.q.CountDetection(ctx, sqlc.CountDetectionParams{OrganizationID: r.org, SenderID: m.SenderID})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(f.Verdict.Hits, func(h filter.Hit) bool { return h.Rule == filter.PhoneSpam }) {
		n, err := r.q.MarkSender(ctx, sqlc.MarkSenderParams{At: ms(m.At), OrganizationID: r.org, SenderID: m.SenderID})
		if err != nil {
			return err
		}
		if n > 0 {
			return notify(ctx, r.q, domain.Notice{OrganizationID: r.org, Kind: domain.NoticeMarked, SenderID: m.SenderID, Reason: senderName(m), At: m.At})
		}
	}
	if f.Verdict.Severity < filter.Critical {
		return nil
	}
	return r.tellCritical(ctx, m)
}

// tellCritical tells of a critical detection whose sender is known already, with
// those since people were last told of any.
func (r *recording) tellCritical(ctx context.Context, m *filter.Message) error {
	last, err := r.q.FilterToldAt(ctx, r.org)
	if err != nil || m.At.Before(at(last).Add(domain.CriticalEvery)) {
		return err
	}
	n, err := r.q.CountCritical(ctx, sqlc.CountCriticalParams{
		OrganizationID: r.org, After: max(last, ms(m.At.Add(-criticalWithin))), Severity: int64(filter.Critical),
	})
	if err != nil {
		return err
	}
	return notify(ctx, r.q, domain.Notice{
		OrganizationID: r.org, Kind: domain.NoticeCritical, SenderID: m.SenderID, Reason: domain.FoundReason(int(n), senderName(m)), At: m.At,
	})
}

// senderName is how the sender of a message is called in a notice.
func senderName(m *filter.Message) string {
	name := domain.Sender{Username: m.Username, FirstName: m.FirstName, LastName: m.LastName}.Name()
	if name == "" {
		name = "№" + strconv.FormatInt(m.SenderID, 10)
	}
	return name
}
