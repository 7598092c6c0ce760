using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Sessions;

/// <summary>What people say to agents.</summary>
public static class SessionText
{
    /// <exception cref="ToolRefusedException">It is blank, or longer than <paramref name="most"/> characters.</exception>
    public static void Check(string text, int most)
    {
        if (string.IsNullOrWhiteSpace(text)) throw ToolRefusedException.Invalid("The message is empty.");
        if (text.EnumerateRunes().Count() > most) throw new ToolRefusedException("invalid", "too_long", $"The message has more than {most} characters (Limits:MessageChars).");
    }

    public static SessionEvent Said(Principal principal, string text) =>
        new(SessionEvents.UserMessage, new JsonObject { ["text"] = text, ["account_id"] = principal.AccountId, ["name"] = principal.Name });
}
