package domain

import (
	"context"
	"time"
	"unicode/utf8"
)

// Setup is what the command line and the sandbox need to fill an empty
// database.
type Setup interface {
	// ServiceOrganization is the one that service admins belong to; it is made by
	// the first migration.
	ServiceOrganization(ctx context.Context) (Organization, error)
	CreateOrganization(ctx context.Context, o Organization) (Organization, error)
	// AddDepartment answers Conflict (department.taken).
	AddDepartment(ctx context.Context, d Department) (Department, error)
	// CreateUser answers Conflict (user.email_taken). An empty hash makes a user
	// who cannot sign in to the panel.
	CreateUser(ctx context.Context, u User, passwordHash string) (User, error)
	// CountUsers counts over all organizations.
	CountUsers(ctx context.Context) (int, error)
}

// Password lengths, in characters.
const (
	MinPassword = 8
	MaxPassword = 128
)

// CheckUser checks a new user and his password, and answers him as he will be
// stored.
func CheckUser(h Passwords, u User, password string) (User, error) {
	var err error
	if u.Name, err = CleanName(u.Name, "name", 100); err != nil {
		return User{}, err
	}
	if u.Email, err = CleanEmail(u.Email); err != nil {
		return User{}, err
	}
	return u, CheckPassword(h, u, password)
}

// CheckPassword refuses what is too short, too long or easily guessed: Invalid
// (password.length, password.common) on "password".
func CheckPassword(h Passwords, u User, password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return E(Invalid, "password.length", "Min", MinPassword, "Max", MaxPassword).On("password")
	}
	if h.Common(password, u.Name, u.Email) {
		return E(Invalid, "password.common").On("password")
	}
	return nil
}

// AddUser checks and creates a user with a password.
func AddUser(ctx context.Context, s Setup, h Passwords, u User, password string, now time.Time) (User, error) {
	u, err := CheckUser(h, u, password)
	if err != nil {
		return User{}, err
	}
	hash, err := h.Hash(password)
	if err != nil {
		return User{}, err
	}
	u.CreatedAt = now.UTC()
	return s.CreateUser(ctx, u, hash)
}
