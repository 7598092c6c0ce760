namespace ControlChat.App.SignIn;

/// <summary>Why nobody was signed in, in words. The reasons are a closed list: nothing from an address is shown.</summary>
public static class SignInWords
{
    public const string Wrong = "E-mail or password is wrong.";

    public const string Busy = "Many people sign in at this moment. Try again in a few seconds.";

    /// <param name="reason">As it stands on the record; anything unknown gets a sentence that says little.</param>
    /// <param name="with">The provider's name.</param>
    public static string Of(string? reason, string with) => reason switch
    {
        "wrong" => Wrong,
        "form" => "This page had grown old. Try again.",
        "state" => "This sign-in was begun elsewhere, took too long, or was used already. Start again.",
        "provider_unreachable" => $"{with} does not answer. Try again in a moment.",
        "provider_refused" => $"{with} did not sign you in. Start again, or use another way.",
        "id_token" => $"What {with} answered could not be verified, so nobody was signed in. Ask the hub's operator.",
        "no_rule" => $"You are known to {with}, but no rule of this hub lets you in. Ask an admin of this hub.",
        "closed" => "This account is closed. Ask an admin of this hub.",
        "email_taken" => $"An account with your e-mail address is here already. Sign in to it, then connect {with} under Settings, Sign-in.",
        "linked_elsewhere" => $"This identity of {with} belongs to another account of the hub. Nothing was connected.",
        "session_ended" => "Your session ended meanwhile, so nothing was changed. Sign in, then start again.",
        "not_fresh" => $"{with} did not say that it asked you to sign in again just now, so this does not count as fresh. Use another way. If there is none, tell the hub's operator: "
            + $"{with} must send auth_time in its id_token; until it does, 'token create' and 'account' on the hub's machine do what waits for a fresh sign-in.",
        _ => "Nobody was signed in. Start again.",
    };

    /// <summary>The same for somebody whom the trusted proxy names, who has no sign-in page to go to.</summary>
    public static string OfProxy(string reason) => reason == "email_taken"
        ? "An account with your e-mail address is here already, and an address alone does not open it. Ask the hub's operator."
        : Of(reason, "the proxy");

    public static string Wait(TimeSpan wait) => wait <= TimeSpan.FromSeconds(90)
        ? $"Too many failed sign-ins. Try again in {Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))} s."
        : $"Too many failed sign-ins. Try again in {(int)Math.Ceiling(wait.TotalMinutes)} minutes.";
}
