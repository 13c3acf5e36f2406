package handlers

import (
	"net/http"
	"net/url"

	"postix/domain"
	"postix/views"
)

func botRoutes() []Route {
	return []Route{
		post("/telegram/bot", Public, (*Handlers).botHook),
		post(string(views.NavUsers)+"/:id/bot-link", Manager, (*Handlers).userBotLink),
		post(views.BotLinkURL, SignedIn, (*Handlers).meBotLink),
	}
}

// botHook hands on what Telegram brings; the bot finds out whether it was Telegram.
func (h *Handlers) botHook(q *Request) error {
	if h.Bot == nil {
		return domain.Missing("page.missing")
	}
	h.Bot.ServeHTTP(q.Writer, q.Context.Request)
	return nil
}

// botName is how the bot is called; Unavailable where there is none, or it has not
// been told yet.
func (h *Handlers) botName() (string, error) {
	if h.Bot == nil || h.Bot.Username() == "" {
		return "", domain.E(domain.Unavailable, "bot.away")
	}
	return h.Bot.Username(), nil
}

// botLink is the address by which a token leads into the bot
// (https://core.telegram.org/api/links#bot-links).
func botLink(bot, token string) string {
	return "https://t.me/" + bot + "?start=" + url.QueryEscape(token)
}

// userBotLink makes a link by which a user gets into the bot, and shows it once.
func (h *Handlers) userBotLink(q *Request) error {
	u, err := h.userInPath(q)
	if err != nil {
		return err
	}
	bot, err := h.botName()
	if err != nil {
		return q.done(err, "", views.UserURL(u.ID))
	}
	token, err := h.Users.NewBotLink(q.Ctx(), q.Actor, u.OrganizationID, u.ID)
	if err != nil {
		return q.done(err, "", views.UserURL(u.ID))
	}
	if u, err = h.userInPath(q); err != nil {
		return err
	}
	return h.userPage(q, u, &views.GivenLink{Owner: u.User, URL: botLink(bot, token), Bot: true})
}

// meBotLink makes a link for oneself. It takes the password: what goes on in the bot
// outlives the session.
func (h *Handlers) meBotLink(q *Request) error {
	bot, err := h.botName()
	if err == nil {
		err = h.Security.CheckPassword(q.Ctx(), q.Actor, q.PostForm("bot_password"), "bot_password")
	}
	var token string
	if err == nil {
		token, err = h.Users.OwnBotLink(q.Ctx(), q.Actor)
	}
	if s, again := Form(err); err != nil && again {
		q.retryAfter(err)
		return h.mePage(q, s, views.MePage{BotErr: err})
	}
	if err != nil {
		return q.done(err, "", string(views.NavMe))
	}
	return h.mePage(q, http.StatusOK, views.MePage{BotLink: botLink(bot, token)})
}
