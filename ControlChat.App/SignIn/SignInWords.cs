using ControlChat.App.Ui;

namespace ControlChat.App.SignIn;

/// <summary>Why nobody was signed in, in words. The reasons are a closed list: nothing from an address is shown.</summary>
public static class SignInWords
{
    public static string Wrong => Texts.Wrong;

    public static string Busy => Texts.Busy;

    /// <param name="reason">As it stands on the record; anything unknown gets a sentence that says little.</param>
    /// <param name="with">The provider's name.</param>
    public static string Of(string? reason, string with) => reason switch
    {
        "wrong" => Wrong,
        "form" => Texts.FormOld,
        "state" => Texts.StateOld,
        "provider_unreachable" => Texts.ProviderUnreachable.With(with),
        "provider_refused" => Texts.ProviderRefused.With(with),
        "id_token" => Texts.TokenNotVerified.With(with),
        "no_rule" => Texts.NoRule.With(with),
        "closed" => Texts.AccountClosed,
        "email_taken" => Texts.EmailTaken.With(with),
        "linked_elsewhere" => Texts.LinkedElsewhere.With(with),
        "session_ended" => Texts.SessionEnded,
        "not_fresh" => Texts.NotFresh.With(with)
            + Texts.NotFreshMore.With(with),
        _ => Texts.NobodySignedIn,
    };

    /// <summary>The same for somebody whom the trusted proxy names, who has no sign-in page to go to.</summary>
    public static string OfProxy(string reason) => reason == "email_taken"
        ? Texts.EmailTakenProxy
        : Of(reason, Texts.TheProxy);

    public static string Wait(TimeSpan wait) => wait <= TimeSpan.FromSeconds(90)
        ? Texts.WaitSeconds.With(Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)))
        : Texts.WaitMinutes.With((int)Math.Ceiling(wait.TotalMinutes));
}
