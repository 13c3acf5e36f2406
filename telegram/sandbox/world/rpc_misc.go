package world

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// The sandbox is this data centre, and the only one.
const dcID = 2

func miscMethods(reg registry) {
	on(reg, public, (*call).getConfig)
	on(reg, public, func(*call, *tg.HelpGetNearestDCRequest) (bin.Encoder, error) {
		return &tg.NearestDC{Country: "UZ", ThisDC: dcID, NearestDC: dcID}, nil
	})
	on(reg, public, func(*call, *tg.HelpGetAppConfigRequest) (bin.Encoder, error) {
		return &tg.HelpAppConfig{Config: &tg.JSONObject{Value: []tg.JSONObjectValue{}}}, nil
	})
	on(reg, public, func(*call, *tg.HelpGetTermsOfServiceUpdateRequest) (bin.Encoder, error) {
		return &tg.HelpTermsOfServiceUpdateEmpty{Expires: 1 << 30}, nil
	})
	on(reg, public, func(_ *call, r *tg.LangpackGetLangPackRequest) (bin.Encoder, error) {
		return emptyLangPack(r.LangCode), nil
	})
	on(reg, public, func(_ *call, r *tg.LangpackGetDifferenceRequest) (bin.Encoder, error) {
		return emptyLangPack(r.LangCode), nil
	})
	on(reg, public, func(*call, *tg.LangpackGetStringsRequest) (bin.Encoder, error) { return vector{}, nil })
	on(reg, public, func(*call, *tg.LangpackGetLanguagesRequest) (bin.Encoder, error) { return vector{}, nil })
	on(reg, reading, yes[*tg.AccountRegisterDeviceRequest])
	on(reg, reading, yes[*tg.MessagesSetTypingRequest])
	on(reg, reading, func(*call, *tg.AccountGetNotifySettingsRequest) (bin.Encoder, error) {
		return &tg.PeerNotifySettings{}, nil
	})
}

func emptyLangPack(code string) bin.Encoder {
	return &tg.LangPackDifference{LangCode: code, Strings: []tg.LangPackStringClass{}}
}

func (c *call) getConfig(*tg.HelpGetConfigRequest) (bin.Encoder, error) {
	now := c.w.unix()
	return &tg.Config{
		Date: now, Expires: now + 3600, ThisDC: dcID, DCOptions: []tg.DCOption{c.w.dc},
		DCTxtDomainName: "localhost", ChatSizeMax: 200, MegagroupSizeMax: 200000, ForwardedCountMax: 100,
		OnlineUpdatePeriodMs: 210000, OfflineBlurTimeoutMs: 5000, OfflineIdleTimeoutMs: 30000, OnlineCloudTimeoutMs: 300000,
		NotifyCloudDelayMs: 30000, NotifyDefaultDelayMs: 1500, PushChatPeriodMs: 60000, PushChatLimit: 2,
		EditTimeLimit: 172800, RevokeTimeLimit: 1<<31 - 1, RevokePmTimeLimit: 1<<31 - 1, RatingEDecay: 2419200,
		StickersRecentLimit: 200, ChannelsReadMediaPeriod: 604800, CallReceiveTimeoutMs: 20000, CallRingTimeoutMs: 90000,
		CallConnectTimeoutMs: 30000, CallPacketTimeoutMs: 10000, MeURLPrefix: "https://t.me/", CaptionLengthMax: 1024,
		MessageLengthMax: maxText, WebfileDCID: dcID,
	}, nil
}
