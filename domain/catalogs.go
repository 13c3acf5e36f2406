package domain

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Catalogs is what people do with catalogs.
type Catalogs struct {
	Store   CatalogStore
	Peers   CatalogPeerStore
	Dialogs DialogStore
	Hub     *Hub
	Now     func() time.Time
}

const maxCatalogName = 60

// Create makes an empty catalog of the actor's.
func (s *Catalogs) Create(ctx context.Context, a Actor, name string) (Catalog, error) {
	name, err := CleanName(name, "name", maxCatalogName)
	if err != nil {
		return Catalog{}, err
	}
	now := s.Now().UTC()
	return s.Store.CreateCatalog(ctx, Catalog{OrganizationID: a.User.OrganizationID, UserID: a.User.ID, Name: name, CreatedAt: now, UpdatedAt: now})
}

// Rename gives a catalog another name.
func (s *Catalogs) Rename(ctx context.Context, a Actor, id int64, name string) error {
	name, err := CleanName(name, "name", maxCatalogName)
	if err != nil {
		return err
	}
	return s.Store.RenameCatalog(ctx, a.Scope(), id, name, s.Now().UTC())
}

// Copy makes a second catalog with the same peers, under a name of its own.
func (s *Catalogs) Copy(ctx context.Context, a Actor, id int64, name string) (Catalog, error) {
	name, err := CleanName(name, "name", maxCatalogName)
	if err != nil {
		return Catalog{}, err
	}
	return s.Store.CopyCatalog(ctx, a.Scope(), id, name, s.Now().UTC())
}

// Delete removes a catalog; campaigns that were ordered with it keep their
// peers.
func (s *Catalogs) Delete(ctx context.Context, a Actor, id int64) error {
	return s.Store.DeleteCatalog(ctx, a.Scope(), id)
}

// AddDialogs puts dialogs of an account into a catalog. Ids that the account
// does not have are left out; a migrated group comes in as what it became.
func (s *Catalogs) AddDialogs(ctx context.Context, a Actor, id int64, acc Account, ids []PeerID) (added int, err error) {
	ds, err := s.Dialogs.DialogsByID(ctx, a.User.OrganizationID, acc.ID, ids)
	if err != nil {
		return 0, err
	}
	var ps []Peer
	for _, d := range ds {
		if d.MigratedTo != 0 {
			next, err := s.Dialogs.DialogsByID(ctx, a.User.OrganizationID, acc.ID, []PeerID{d.MigratedTo})
			if err != nil {
				return 0, err
			}
			if len(next) == 1 {
				d = next[0]
			}
		}
		ps = append(ps, d.Peer)
	}
	return s.Peers.AddPeers(ctx, a.Scope(), id, ps, s.Now().UTC())
}

// MaxLines is how many lines one paste may have.
const MaxLines = 1000

// AddLines takes @usernames, t.me links and ids, one a line, and says what
// became of each. Only chats that the account is in are added: nothing is
// joined or looked up at Telegram.
func (s *Catalogs) AddLines(ctx context.Context, a Actor, id int64, acc Account, text string) ([]AddResult, error) {
	ts, err := s.Peers.Targets(ctx, a.Scope(), id, acc.ID)
	if err != nil {
		return nil, err
	}
	have := map[PeerID]bool{}
	for _, t := range ts {
		have[t.ID] = true
	}
	var rs []AddResult
	var ps []Peer
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(rs) == MaxLines {
			return nil, E(Invalid, "catalog.too_many_lines", "Max", MaxLines).On("lines")
		}
		r := AddResult{Line: line, Key: "catalog.added"}
		d, err := s.lookUp(ctx, a, acc, line)
		if e, ok := err.(*Error); ok { //nolint:errorlint // storage errors are returned as they are
			r.Key = e.Key
			rs = append(rs, r)
			continue
		} else if err != nil {
			return nil, err
		}
		r.Peer = d.Peer
		switch {
		case have[d.ID]:
			r.Key = "catalog.duplicate"
		case !d.CanWrite:
			r.Key = "catalog.added_no_write"
			fallthrough
		default:
			have[d.ID] = true
			ps = append(ps, d.Peer)
		}
		rs = append(rs, r)
	}
	if len(rs) == 0 {
		return nil, E(Invalid, "catalog.no_lines").On("lines")
	}
	_, err = s.Peers.AddPeers(ctx, a.Scope(), id, ps, s.Now().UTC())
	return rs, err
}

// lookUp finds the dialog a line names, following a migrated group.
func (s *Catalogs) lookUp(ctx context.Context, a Actor, acc Account, line string) (Dialog, error) {
	org := a.User.OrganizationID
	name, id, err := ParsePeer(line)
	if err != nil {
		return Dialog{}, err
	}
	if name != "" {
		return s.Dialogs.DialogByUsername(ctx, org, acc.ID, name)
	}
	for range 2 {
		ds, err := s.Dialogs.DialogsByID(ctx, org, acc.ID, []PeerID{id})
		if err != nil {
			return Dialog{}, err
		}
		if len(ds) == 0 {
			break
		}
		if ds[0].MigratedTo == 0 {
			return ds[0], nil
		}
		id = ds[0].MigratedTo
	}
	return Dialog{}, Missing("catalog.not_member")
}

var (
	usernameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)
	linkForm     = regexp.MustCompile(`^(?i:https?://)?(?i:www\.)?(?i:t\.me|telegram\.me|telegram\.dog)/(?:s/)?([^\s?#]+)`)
)

// ParsePeer reads a line that names a peer: @username, a t.me link to a peer or
// to one of its messages, or a marked id. Links that invite cannot be used: the
// account must be in the chat already.
// Source: https://core.telegram.org/api/links
func ParsePeer(line string) (username string, id PeerID, err error) {
	line = strings.TrimSpace(line)
	if m := linkForm.FindStringSubmatch(line); m != nil {
		parts := strings.Split(strings.Trim(m[1], "/"), "/")
		switch {
		case strings.HasPrefix(parts[0], "+") || strings.EqualFold(parts[0], "joinchat"):
			return "", 0, E(Invalid, "catalog.invite_link")
		case parts[0] == "c" && len(parts) > 1:
			n, err := strconv.ParseInt(parts[1], 10, 64)
			if err != nil || n <= 0 || n >= channelBase {
				return "", 0, E(Invalid, "catalog.line")
			}
			return "", PeerID(-channelBase - n), nil
		}
		line = "@" + parts[0]
	}
	if n, err := strconv.ParseInt(strings.ReplaceAll(line, "−", "-"), 10, 64); err == nil && n != 0 {
		return "", PeerID(n), nil
	}
	if name, _ := strings.CutPrefix(line, "@"); usernameForm.MatchString(name) {
		return name, 0, nil
	}
	return "", 0, E(Invalid, "catalog.line")
}

// RemovePeers takes peers out of a catalog.
func (s *Catalogs) RemovePeers(ctx context.Context, a Actor, id int64, ids []PeerID) (int, error) {
	return s.Peers.RemovePeers(ctx, a.Scope(), id, ids, s.Now().UTC())
}
