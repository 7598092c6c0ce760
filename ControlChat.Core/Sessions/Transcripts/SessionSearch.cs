using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Finds words in what happened in one session.</summary>
public sealed class SessionSearch(HubDatabase database, SessionStore sessions)
{
    /// <summary>Longest text to look for, in characters.</summary>
    public const int MostText = 200;
    private const int Page = 50;
    private const int MostRead = 2000;

    /// <summary>Events behind a sequence with this text in one of their values, whatever its case; a bounded part of them is looked through.</summary>
    /// <returns>Those found, at most 50, and where to go on; null: at the end.</returns>
    public async Task<(IReadOnlyList<StoredSessionEvent> Items, long? Next)> FindAsync(string id, string text, long after, CancellationToken cancellationToken)
    {
        var found = new List<StoredSessionEvent>();
        var (at, read) = (after, 0);
        await using var reader = await database.ReadAsync(cancellationToken);
        while (true)
        {
            var page = await sessions.ReadAsync(reader, id, at, Page, cancellationToken);
            foreach (var stored in page)
            {
                at = stored.Seq;
                if (Holds(JsonNode.Parse(stored.Data), text)) found.Add(stored);
                if (found.Count == Page) return (found, at);
            }
            read += page.Count;
            if (page.Count < Page) return (found, null);
            if (read >= MostRead) return (found, at);
        }
    }

    private static bool Holds(JsonNode? node, string text) => node switch
    {
        JsonObject inner => inner.Any(p => Holds(p.Value, text)),
        JsonArray items => items.Any(i => Holds(i, text)),
        JsonValue value => (value.TryGetValue<string>(out var own) ? own : value.ToJsonString()).Contains(text, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
