package locale

import (
	"context"
	"errors"

	"postix/domain"
)

// Error is what a person reads about err: the sentence behind its key when it
// is a [domain.Error], else a general one that gives nothing away. {{.Wait}} in
// a sentence is the time after which the same may be tried again.
func Error(ctx context.Context, err error) string {
	var e *domain.Error
	if !errors.As(err, &e) || !Has("error."+e.Key) {
		return T(ctx, "error.unexpected")
	}
	args := []any{"Wait", e.RetryAfter}
	for k, v := range e.Args {
		args = append(args, k, v)
	}
	return T(ctx, "error."+e.Key, args...)
}

// FieldError is the sentence of err when it is about that form field, else "". Of
// joined errors each may be about another.
func FieldError(ctx context.Context, err error, field string) string {
	var e *domain.Error
	if errors.As(err, &e) && e.Field == field {
		return Error(ctx, err)
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, one := range joined.Unwrap() {
			if said := FieldError(ctx, one, field); said != "" {
				return said
			}
		}
	}
	return ""
}

// FormError is the sentence of err when it is about no field in particular,
// else "".
func FormError(ctx context.Context, err error) string {
	var e *domain.Error
	if err == nil || errors.As(err, &e) && e.Field != "" {
		return ""
	}
	return Error(ctx, err)
}
