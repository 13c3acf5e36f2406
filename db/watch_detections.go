package db

import (
	"context"
	"slices"
	"strings"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Detections implements [domain.WatchStore], newest first. A limit of 0 lists
// all. They are found and counted in one index, and only the rows of the page
// are read.
func (s *Store) Detections(ctx context.Context, organizationID int64, f domain.DetectionFilter) ([]domain.Detection, int, error) {
	from, args := detectionTables(organizationID, f)
	if f.Newest {
		from = "\nFROM (SELECT MAX(d.id) AS id, MAX(d.at) AS at" + from + " GROUP BY d.sender_id) d"
	}
	total := 0
	if f.Behind.ID != 0 {
		from, args = behind(f, from, args)
	} else if err := s.readers.QueryRowContext(ctx, "SELECT COUNT(*)"+from, args...).Scan(&total); err != nil {
		return nil, 0, refuse("count the detections", err)
	}
	ids, err := s.ids(ctx, "SELECT d.id"+from+detectionOrder, append(args, upTo(f.Limit), f.Offset)...)
	if err != nil {
		return nil, 0, refuse("list the detections", err)
	}
	ds := make([]domain.Detection, 0, len(ids))
	for part := range slices.Chunk(ids, idsAtOnce) {
		more, err := s.detections(ctx, organizationID, part)
		if err != nil {
			return nil, 0, err
		}
		ds = append(ds, more...)
	}
	return ds, total, nil
}

// behind leaves what stands before the place in the list, and the place itself,
// out of the tables.
func behind(f domain.DetectionFilter, from string, args []any) (string, []any) {
	and := " AND "
	if f.Newest {
		and = " WHERE "
	}
	at := ms(f.Behind.At)
	return from + and + "d.at <= ? AND (d.at < ? OR d.id < ?)", append(args, at, at, f.Behind.ID)
}

const detectionOrder = "\nORDER BY d.at DESC, d.id DESC LIMIT ? OFFSET ?"

// detectionTables is where the detections of a filter are found. It is put
// together here and not by sqlc: each filter that is set must reach the planner
// as a plain condition. A plus keeps a condition from choosing the index: it is
// then checked in the order of the page.
func detectionTables(organizationID int64, f domain.DetectionFilter) (string, []any) {
	var where strings.Builder
	args := []any{organizationID}
	and := func(on bool, condition string, values ...any) {
		if on {
			where.WriteString(" AND " + condition)
			args = append(args, values...)
		}
	}
	and(!f.From.IsZero(), "d.at >= ?", ms(f.From))
	and(!f.To.IsZero(), "d.at < ?", ms(f.To))
	and(f.Rule != "", "(d.rules & ?) <> 0", ruleBit(f.Rule))
	and(f.Severity > 0, "d.severity >= ?", int64(f.Severity))
	and(f.ChatID != 0, "d.chat_id = ?", f.ChatID)
	and(f.SenderID != 0, "d.sender_id = ?", f.SenderID)
	and(f.Review != domain.ReviewNone, "+d.review = ?", string(f.Review))
	and(f.Open, "+d.review = ''")
	and(f.Marked, "+d.sender_id IN (SELECT s.sender_id FROM senders s WHERE s.organization_id = ? AND s.marked_at > 0)", organizationID)
	if n := needle(f.Search); n != "" { // contains it, in every SQL; a text's time may lag
		and(true, `(+d.text_id IN (SELECT t.id FROM heard_texts t
			WHERE t.organization_id = ? AND t.detected_at > 0 AND t.detected_at > ? AND REPLACE(t.search, ?, '') <> t.search)
			OR +d.sender_id IN (SELECT s.sender_id FROM senders s
			WHERE s.organization_id = ? AND REPLACE(s.search, ?, '') <> s.search))`,
			organizationID, ms(f.From)-textLag.Milliseconds(), n, organizationID, n)
	}
	return "\nFROM detections d WHERE d.organization_id = ?" + where.String(), args
}

func (s *Store) detections(ctx context.Context, organizationID int64, ids []int64) ([]domain.Detection, error) {
	rows, err := s.read.DetectionsByID(ctx, sqlc.DetectionsByIDParams{OrganizationID: organizationID, Ids: ids})
	if err != nil {
		return nil, refuse("read the detections", err)
	}
	ds := make([]domain.Detection, len(rows))
	for i, r := range rows {
		if ds[i], err = toDetection(r); err != nil {
			return nil, err
		}
	}
	return ds, s.setReplies(ctx, organizationID, ds)
}

// Detection implements [domain.WatchStore].
func (s *Store) Detection(ctx context.Context, organizationID, id int64) (domain.Detection, error) {
	ds, err := s.detections(ctx, organizationID, []int64{id})
	if err != nil {
		return domain.Detection{}, err
	}
	if len(ds) == 0 {
		return domain.Detection{}, domain.Missing(keyNoWatch)
	}
	return ds[0], nil
}

// SetReview implements [domain.WatchStore]. [domain.ReviewNone] takes a review
// back.
func (s *Store) SetReview(ctx context.Context, organizationID, id int64, r domain.Review, userID int64, when time.Time) error {
	return s.write(ctx, "review a detection", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: organizationID, ID: userID})
		if err != nil {
			return missing(keyNoWatch, err)
		}
		p := sqlc.SetReviewParams{Review: string(r), UserID: userID, At: ms(when), OrganizationID: organizationID, ID: id}
		if r == domain.ReviewNone {
			p.UserID, p.At = 0, 0
		}
		return changed(q.SetReview(ctx, p))
	})
}

// SetReviews implements [domain.WatchStore].
func (s *Store) SetReviews(ctx context.Context, organizationID, senderID int64, r domain.Review, userID int64, when time.Time) (n int, err error) {
	err = s.write(ctx, "review the detections of a sender", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: organizationID, ID: userID})
		if err != nil {
			return missing(keyNoWatch, err)
		}
		rows, err := q.SetReviews(ctx, sqlc.SetReviewsParams{
			Review: string(r), UserID: userID, At: ms(when), OrganizationID: organizationID, SenderID: senderID,
		})
		n = int(rows)
		return err
	})
	return n, err
}

// NoteSilence implements [domain.ReplyStore].
func (s *Store) NoteSilence(ctx context.Context, organizationID, detectionID int64, why string) error {
	return s.write(ctx, "note why a detection is not answered", func(ctx context.Context, q *sqlc.Queries) error {
		return changed(q.SetSilence(ctx, sqlc.SetSilenceParams{Silence: why, OrganizationID: organizationID, ID: detectionID}))
	})
}

// Sender implements [domain.WatchStore].
func (s *Store) Sender(ctx context.Context, organizationID, senderID int64) (domain.Sender, error) {
	sender, err := watchedSender(ctx, s.read, organizationID, senderID)
	return sender, refuse("find a sender", missing(keyNoWatch, err))
}

// watchedSender answers [sql.ErrNoRows] when there is none.
func watchedSender(ctx context.Context, q *sqlc.Queries, organizationID, senderID int64) (domain.Sender, error) {
	r, err := q.WatchedSender(ctx, sqlc.WatchedSenderParams{OrganizationID: organizationID, SenderID: senderID})
	return toSender(r.Sender, r.FilterID, r.Block), err
}
