package world

import (
	"cmp"
	"encoding/hex"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func authorizationMethods(reg registry) {
	on(reg, writing, func(c *call, _ *tg.AuthLogOutRequest) (bin.Encoder, error) {
		return &tg.AuthLoggedOut{}, c.w.end(c.key, "AUTH_KEY_UNREGISTERED")
	})
	on(reg, writing, func(c *call, _ *tg.AuthResetAuthorizationsRequest) (bin.Encoder, error) {
		for _, k := range c.w.keysOf(c.user.ID) {
			if k == c.key {
				continue
			}
			if err := c.w.end(k, "SESSION_REVOKED"); err != nil {
				return nil, err
			}
		}
		return boolean(true), nil
	})
	on(reg, writing, func(c *call, r *tg.AccountResetAuthorizationRequest) (bin.Encoder, error) {
		for _, k := range c.w.keysOf(c.user.ID) {
			if c.w.auths[k].hash == r.Hash && k != c.key {
				return boolean(true), c.w.end(k, "SESSION_REVOKED")
			}
		}
		return nil, rpcErr(400, "HASH_INVALID")
	})
	on(reg, reading, func(c *call, _ *tg.AccountGetAuthorizationsRequest) (bin.Encoder, error) {
		out := &tg.AccountAuthorizations{AuthorizationTTLDays: 180, Authorizations: []tg.Authorization{}}
		for _, k := range c.w.keysOf(c.user.ID) {
			a := c.w.auths[k]
			row := tg.Authorization{
				Hash: a.hash, DeviceModel: "sandbox client", Platform: "sandbox", SystemVersion: "1",
				APIID: 1, AppName: "sandbox", AppVersion: "1", DateCreated: int(a.created / 1000), DateActive: c.w.unix(),
				IP: "127.0.0.1", Country: "Uzbekistan",
			}
			if k == c.key {
				row.Current, row.Hash = true, 0
			}
			out.Authorizations = append(out.Authorizations, row)
		}
		return out, nil
	})
}

// end takes the authorization from a key: its calls get that error from now on,
// and its connections learn that something happened.
func (w *World) end(key [8]byte, name string) error {
	a := w.auths[key]
	if a == nil || a.user == 0 {
		return nil
	}
	userID := a.user
	err := w.commit(record{Auth: &authRec{Key: hex.EncodeToString(key[:]), User: userID, At: ms(w.now()), Ended: name}})
	if err != nil {
		return err
	}
	for _, k := range w.links.of(userID) {
		if k.s.AuthKeyID() == key {
			k.add(notice{ready: &tg.UpdatesTooLong{}, ticket: w.store.last()})
		}
	}
	return nil
}

// keysOf are the keys signed in as the user, oldest first.
func (w *World) keysOf(userID int64) [][8]byte {
	var out [][8]byte
	for k, a := range w.auths {
		if a.user == userID {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b [8]byte) int {
		return cmp.Or(cmp.Compare(w.auths[a].created, w.auths[b].created), slices.Compare(a[:], b[:]))
	})
	return out
}
