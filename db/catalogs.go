package db

import (
	"context"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

func catalog(ctx context.Context, q *sqlc.Queries, sc domain.Scope, id int64) (domain.Catalog, error) {
	r, err := q.Catalog(ctx, sqlc.CatalogParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, ID: id,
	})
	return toCatalog(r), missing("catalog.missing", err)
}

func insertCatalog(ctx context.Context, q *sqlc.Queries, c domain.Catalog) (int64, error) {
	return q.InsertCatalog(ctx, sqlc.InsertCatalogParams{
		OrganizationID: c.OrganizationID, UserID: c.UserID, Name: c.Name, Folded: fold(c.Name), Peers: int64(c.Peers),
		CreatedAt: ms(c.CreatedAt), UpdatedAt: ms(c.UpdatedAt),
	})
}

// Catalogs implements [domain.CatalogStore], by user and name.
func (s *Store) Catalogs(ctx context.Context, sc domain.Scope) ([]domain.Catalog, error) {
	rows, err := s.read.Catalogs(ctx, sqlc.CatalogsParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID,
	})
	cs := make([]domain.Catalog, len(rows))
	for i, r := range rows {
		cs[i] = toCatalog(r)
	}
	return cs, refuse("list the catalogs", err)
}

// Catalog implements [domain.CatalogStore].
func (s *Store) Catalog(ctx context.Context, sc domain.Scope, id int64) (domain.Catalog, error) {
	c, err := catalog(ctx, s.read, sc, id)
	return c, refuse("find a catalog", err)
}

// CreateCatalog implements [domain.CatalogStore]; NotFound (user.missing) when
// its user is not of its organization.
func (s *Store) CreateCatalog(ctx context.Context, c domain.Catalog) (domain.Catalog, error) {
	err := s.write(ctx, "create a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: c.OrganizationID, ID: c.UserID})
		if err != nil {
			return missing("user.missing", err)
		}
		c.Peers, c.UpdatedAt = 0, c.CreatedAt
		id, err := insertCatalog(ctx, q, c)
		if err != nil {
			return err
		}
		c, err = catalog(ctx, q, whole(c.OrganizationID), id)
		return err
	})
	return c, err
}

// RenameCatalog implements [domain.CatalogStore]; Conflict (catalog.name_taken).
func (s *Store) RenameCatalog(ctx context.Context, sc domain.Scope, id int64, name string, when time.Time) error {
	return s.write(ctx, "rename a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		if _, err := catalog(ctx, q, sc, id); err != nil {
			return err
		}
		return q.RenameCatalog(ctx, sqlc.RenameCatalogParams{
			Name: name, Folded: fold(name), UpdatedAt: ms(when), OrganizationID: sc.OrganizationID, ID: id,
		})
	})
}

// DeleteCatalog implements [domain.CatalogStore]. Campaigns keep the peers and
// the name they were ordered with.
func (s *Store) DeleteCatalog(ctx context.Context, sc domain.Scope, id int64) error {
	return s.write(ctx, "delete a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		if _, err := catalog(ctx, q, sc, id); err != nil {
			return err
		}
		return q.DeleteCatalog(ctx, sqlc.DeleteCatalogParams{OrganizationID: sc.OrganizationID, ID: id})
	})
}

// CopyCatalog implements [domain.CatalogStore]; Conflict (catalog.name_taken).
func (s *Store) CopyCatalog(ctx context.Context, sc domain.Scope, id int64, name string, when time.Time) (domain.Catalog, error) {
	var copied domain.Catalog
	err := s.write(ctx, "copy a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		c, err := catalog(ctx, q, sc, id)
		if err != nil {
			return err
		}
		c.Name, c.CreatedAt, c.UpdatedAt = name, when, when
		copyID, err := insertCatalog(ctx, q, c)
		if err != nil {
			return err
		}
		peers, err := q.Targets(ctx, sqlc.TargetsParams{OrganizationID: sc.OrganizationID, CatalogID: id})
		if err != nil {
			return fmt.Errorf("read the peers: %w", err)
		}
		for _, p := range peers {
			if _, err := q.AddCatalogPeer(ctx, catalogPeer(sc.OrganizationID, copyID, toCatalogPeer(p.CatalogPeer), p.CatalogPeer.Position)); err != nil {
				return fmt.Errorf("copy a peer: %w", err)
			}
		}
		copied, err = catalog(ctx, q, sc, copyID)
		return err
	})
	return copied, err
}

func catalogPeer(organizationID, catalogID int64, p domain.Peer, position int64) sqlc.AddCatalogPeerParams {
	return sqlc.AddCatalogPeerParams{
		CatalogID: catalogID, PeerID: int64(p.ID), OrganizationID: organizationID, Position: position,
		Kind: string(p.Kind), Title: p.Title, Username: p.Username, Members: int64(p.Members),
	}
}

func toCatalogPeer(r sqlc.CatalogPeer) domain.Peer {
	return toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members)
}

// Targets implements [domain.CatalogPeerStore]; NotFound (catalog.missing). An
// account of another organization is one that is in none of the peers.
func (s *Store) Targets(ctx context.Context, sc domain.Scope, catalogID, accountID int64) ([]domain.Target, error) {
	if _, err := catalog(ctx, s.read, sc, catalogID); err != nil {
		return nil, refuse("find a catalog", err)
	}
	denied, err := deniedIDs(ctx, s.read, sc.OrganizationID)
	if err != nil {
		return nil, refuse("read the deny list", err)
	}
	rows, err := s.read.Targets(ctx, sqlc.TargetsParams{
		AccountID: accountID, OrganizationID: sc.OrganizationID, CatalogID: catalogID,
	})
	ts := make([]domain.Target, len(rows))
	for i, r := range rows {
		ts[i] = domain.Target{
			Peer: toCatalogPeer(r.CatalogPeer), Position: int(r.CatalogPeer.Position), Known: r.Known == 1,
			CanWrite: r.CanWrite == 1, DenyReason: r.DenyReason, SlowMode: duration(r.SlowModeMs),
			MigratedTo: domain.PeerID(r.MigratedTo), Fails: int(r.Fails), Denied: denied[r.CatalogPeer.PeerID],
		}
	}
	return ts, refuse("list a catalog's peers", err)
}

// AddPeers implements [domain.CatalogPeerStore]; NotFound (catalog.missing).
func (s *Store) AddPeers(ctx context.Context, sc domain.Scope, catalogID int64, ps []domain.Peer, when time.Time) (int, error) {
	added := 0
	err := s.write(ctx, "add to a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		c, err := catalog(ctx, q, sc, catalogID)
		if err != nil {
			return err
		}
		last, err := q.LastCatalogPosition(ctx, sqlc.LastCatalogPositionParams{OrganizationID: sc.OrganizationID, CatalogID: catalogID})
		if err != nil {
			return fmt.Errorf("find the end: %w", err)
		}
		for _, p := range ps {
			n, err := q.AddCatalogPeer(ctx, catalogPeer(sc.OrganizationID, catalogID, p, last+1+int64(added)))
			if err != nil {
				return fmt.Errorf("add a peer: %w", err)
			}
			added += int(n)
		}
		if c.Peers+added > domain.MaxCatalogPeers {
			return domain.E(domain.Conflict, "catalog.full", "Max", domain.MaxCatalogPeers)
		}
		return countCatalog(ctx, q, c, added, when)
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// RemovePeers implements [domain.CatalogPeerStore]; NotFound (catalog.missing).
func (s *Store) RemovePeers(ctx context.Context, sc domain.Scope, catalogID int64, ids []domain.PeerID, when time.Time) (int, error) {
	removed := 0
	err := s.write(ctx, "remove from a catalog", func(ctx context.Context, q *sqlc.Queries) error {
		c, err := catalog(ctx, q, sc, catalogID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, err := q.RemoveCatalogPeer(ctx, sqlc.RemoveCatalogPeerParams{
				OrganizationID: sc.OrganizationID, CatalogID: catalogID, PeerID: int64(id),
			})
			if err != nil {
				return fmt.Errorf("remove a peer: %w", err)
			}
			removed += int(n)
		}
		return countCatalog(ctx, q, c, -removed, when)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

func countCatalog(ctx context.Context, q *sqlc.Queries, c domain.Catalog, added int, when time.Time) error {
	if added == 0 {
		return nil
	}
	return q.CountCatalogPeers(ctx, sqlc.CountCatalogPeersParams{
		Added: int64(added), UpdatedAt: ms(when), OrganizationID: c.OrganizationID, ID: c.ID,
	})
}
