using ControlChat.Core.Hub;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>What the model reads of a conversation, up to and including one run: from the rows, within a budget, newest first.</summary>
internal static class RunHistory
{
    /// <summary>Marks the one message that the offline planner may read as a command.</summary>
    public const string Composer = "composer";

    /// <summary>A usual estimate for English text.</summary>
    public const int CharsPerToken = 4;

    private const int MostRuns = 400;

    /// <param name="tokens">The budget for the whole history; the run's own part is always kept.</param>
    public static async Task<List<ChatMessage>> LoadAsync(IHubReader reader, RunRow run, int tokens, CancellationToken cancellationToken)
    {
        var blocks = await BlocksAsync(reader, run, cancellationToken);
        var budget = (long)tokens * CharsPerToken;
        var own = blocks.Count - 1;
        blocks[own].Shrink(budget);
        var left = budget - blocks[own].Chars;
        var first = own;
        while (first > 0 && blocks[first - 1].Chars <= left) left -= blocks[--first].Chars;
        var messages = new List<ChatMessage>();
        var dropped = blocks.Take(first).Sum(b => b.Spoken) + await EarlierAsync(reader, run, blocks[0].N, cancellationToken);
        if (dropped > 0) messages.Add(new ChatMessage(ChatRole.System, Prompt.LeftOut((int)dropped)));
        foreach (var block in blocks.Skip(first)) block.WriteTo(messages, isOwn: block.N == run.N);
        return messages;
    }

    private static async Task<List<RunBlock>> BlocksAsync(IHubReader reader, RunRow run, CancellationToken cancellationToken)
    {
        var first = await reader.FindAsync<long?>("""
            select min(n) from (select r.n from runs r where r.conversation_id = @ConversationId and r.n <= @N order by r.n desc limit @most) newest
            """, new { run.ConversationId, run.N, most = MostRuns }, cancellationToken) ?? run.N;
        var range = new { run.ConversationId, run.N, first };
        var messages = await reader.QueryAsync<MessageRow>("""
            select r.n as run_n, m.id, m.role, m.text, m.via, m.context from messages m join runs r on r.id = m.run_id
            where m.conversation_id = @ConversationId and r.n between @first and @N and m.role in ('user', 'assistant') order by r.n, m.n
            """, range, cancellationToken);
        var steps = await reader.QueryAsync<StepRow>("""
            select r.n as run_n, s.turn, s.message_id from run_steps s join runs r on r.id = s.run_id
            where r.conversation_id = @ConversationId and r.n between @first and @N order by r.n, s.turn
            """, range, cancellationToken);
        var calls = await reader.QueryAsync<HistoryCall>("""
            select r.n as run_n, c.turn, c.call_id, c.tool, c.arguments, c.status, c.outcome from run_calls c join runs r on r.id = c.run_id
            where r.conversation_id = @ConversationId and r.n between @first and @N order by r.n, c.turn, c.position
            """, range, cancellationToken);
        var stepsOf = steps.ToLookup(s => s.RunN);
        var callsOf = calls.ToLookup(c => (c.RunN, c.Turn));
        return [.. messages.GroupBy(m => m.RunN).Select(g => new RunBlock(g.Key, [.. g], [.. stepsOf[g.Key]], turn => [.. callsOf[(g.Key, turn)]]))];
    }

    private static Task<long> EarlierAsync(IHubReader reader, RunRow run, long before, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("""
            select count(*) from messages m join runs r on r.id = m.run_id where m.conversation_id = @ConversationId and r.n < @before
            """, new { run.ConversationId, before }, cancellationToken);

    internal sealed record MessageRow
    {
        public long RunN { get; init; }
        public string Id { get; init; } = "";
        public string Role { get; init; } = "";
        public string Text { get; init; } = "";
        public string Via { get; init; } = "";
        public string? Context { get; init; }
    }

    internal sealed record StepRow
    {
        public long RunN { get; init; }
        public int Turn { get; init; }
        public string? MessageId { get; init; }
    }

    internal sealed record HistoryCall
    {
        public long RunN { get; init; }
        public int Turn { get; init; }
        public string CallId { get; init; } = "";
        public string Tool { get; init; } = "";
        public string Arguments { get; init; } = "";
        public string Status { get; init; } = "";
        public string? Outcome { get; init; }
    }
}
