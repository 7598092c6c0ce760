using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

/// <summary>Which message led to a run, for its conversation's owner and for nobody else.</summary>
internal static class RunOrigins
{
    /// <returns>By the run; nothing for the runs of other people's conversations.</returns>
    public static async Task<IReadOnlyDictionary<string, RunOrigin>> FindAsync(IHubReader reader, string ownerId, IReadOnlyCollection<string> runs, CancellationToken cancellationToken)
    {
        if (runs.Count == 0) return new Dictionary<string, RunOrigin>();
        var found = await reader.QueryAsync<RunOrigin>(
            """
            select r.id as run_id, m.id as message_id, m.seq, m.text, c.title from runs r
            join messages m on m.id = r.message_id join conversations c on c.id = r.conversation_id
            where c.owner_id = @ownerId and r.id in (
            """ + reader.Dialect.TextsOf("@runs") + ")", new { ownerId, runs = Json.Write(runs) }, cancellationToken);
        return found.ToDictionary(origin => origin.RunId);
    }
}

internal sealed record RunOrigin
{
    private const int ExcerptCharacters = 200;

    public string RunId { get; init; } = "";

    public string MessageId { get; init; } = "";

    public long Seq { get; init; }

    public string Text { get; init; } = "";

    /// <summary>Of the conversation.</summary>
    public string Title { get; init; } = "";

    /// <summary>The beginning of the message, on one line.</summary>
    public string Excerpt
    {
        get
        {
            var line = Text.ReplaceLineEndings(" ").Trim();
            if (line.Length <= ExcerptCharacters) return line;
            return line[..(char.IsHighSurrogate(line[ExcerptCharacters - 1]) ? ExcerptCharacters - 1 : ExcerptCharacters)] + "…";
        }
    }
}
