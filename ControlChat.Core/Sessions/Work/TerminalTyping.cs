using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// What is typed into a terminal without a window of it, by the API: a message, which is its text and Enter, and an interrupt, which is Ctrl-C. While an account's own
/// window is in control, or nobody is; the row says it when it is asked for, and its worker when it is typed.
/// </summary>
internal static class TerminalTyping
{
    public static bool IsHeldByAnother(Principal principal, Session session) => session.Mode == SessionMode.Terminal && session.Controller is { } holder && holder != principal.AccountId;

    public static SessionEvent Interrupted(Principal principal) => new(SessionEvents.System, new JsonObject { ["text"] = $"{principal.Name} interrupted the program.", ["account_id"] = principal.AccountId });

    /// <summary>As keys: Enter is a carriage return.</summary>
    public static byte[] Keys(string text) => System.Text.Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r") + "\r");

    /// <summary>Who interrupted it by an event.</summary>
    public static async Task<string?> InterrupterAsync(IHubReader reader, string id, long seq, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select data from session_events where session_id = @id and seq = @seq", new { id, seq }, cancellationToken) is { } data ? JsonNode.Parse(data)!["account_id"]?.GetValue<string>() : null;
}
