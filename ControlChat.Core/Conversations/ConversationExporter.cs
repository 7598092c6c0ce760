using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

/// <summary>Whole conversations as files. An export is on the record; an admin may export another's.</summary>
public sealed class ConversationExporter(HubDatabase database, IConversationLog log, IAuditTrail audit)
{
    private const int Batch = 500;

    /// <param name="format"><c>md</c> or <c>json</c>.</param>
    /// <returns>Pieces of text, read as they are written out; null when there is no such conversation for this principal.</returns>
    public async Task<IAsyncEnumerable<string>?> OpenAsync(Principal principal, string id, string format, CancellationToken cancellationToken)
    {
        ConversationStore.ConversationRow? row;
        await using (var reader = await database.ReadAsync(cancellationToken))
            row = await ConversationStore.FindAsync(reader, id, cancellationToken);
        if (row is null || (row.OwnerId != principal.AccountId && (!principal.IsAdmin || principal.IsToken))) return null;
        var actor = new AuditActor(principal.AccountId, principal.TokenId, principal.AuthSessionId, principal.IsToken ? "rest" : "ui");
        await audit.AppendAsync(new AuditEntry("conversation.exported", "completed", actor)
        {
            ConversationId = id,
            Data = new JsonObject { ["format"] = format, ["owner"] = row.OwnerId, ["last_seq"] = row.LastSeq },
        }, cancellationToken);
        return format == "json" ? JsonAsync(row, cancellationToken) : MarkdownAsync(row, cancellationToken);
    }

    private async IAsyncEnumerable<string> JsonAsync(ConversationStore.ConversationRow row, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var head = Json.Write(row.ToConversation());
        yield return $"{head[..^1]},\"events\":[";
        var first = true;
        await foreach (var stored in EventsAsync(row, cancellationToken))
        {
            var runId = stored.RunId is null ? "null" : $"\"{stored.RunId}\"";
            yield return $"{(first ? "" : ",")}\n{{\"seq\":{stored.Seq},\"type\":\"{stored.Type}\",\"run_id\":{runId},\"at\":\"{Timestamps.Format(stored.At)}\",\"data\":{stored.Data}}}";
            first = false;
        }
        yield return "\n]}\n";
    }

    private async IAsyncEnumerable<string> MarkdownAsync(ConversationStore.ConversationRow row, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return $"# {row.Title.ReplaceLineEndings(" ")}\n\n{row.Id}, from {Timestamps.Format(row.CreatedAt)}\n";
        await foreach (var stored in EventsAsync(row, cancellationToken))
        {
            var data = JsonNode.Parse(stored.Data)!.AsObject();
            if (MarkdownOf(stored, data) is { } text) yield return text;
        }
    }

    private static string? MarkdownOf(StoredEvent stored, JsonObject data) => stored.Type switch
    {
        ConversationEvents.Message => $"\n## {((string?)data["role"] == "user" ? "You" : "ControlChat")}, {Timestamps.Format(stored.At)}\n\n{(string?)data["text"]}\n",
        ConversationEvents.ToolFinished => $"\n> `{(string?)data["tool"]}`: {(string?)data["status"]}{Because(data["outcome"]?["error"]?["message"])}\n",
        ConversationEvents.ApprovalRequested when data["plan"] is null => "\n> An agent waits for a decision.\n",
        ConversationEvents.ApprovalRequested => $"\n> A plan waits: {(string?)data["plan"]?["summary"]}\n",
        ConversationEvents.ApprovalResolved => $"\n> The plan was {(string?)data["status"]}.\n",
        ConversationEvents.HandoffStarted => $"\n> Handed over to a workspace agent ({(string?)data["session_id"]}): {((string?)data["capsule"]?["goal"])?.ReplaceLineEndings(" ")}\n",
        ConversationEvents.HandoffFinished => $"\n> The workspace agent's task is {(string?)data["status"]}.\n",
        ConversationEvents.RunFailed => $"\n> Failed: {(string?)data["error"]?["message"]}\n",
        ConversationEvents.RunCancelled => "\n> Stopped. Nothing more was started.\n",
        ConversationEvents.System => $"\n> {(string?)data["text"]}\n",
        _ => null,
    };

    private static string Because(JsonNode? message) => message is null ? "" : $". {(string?)message}";

    private async IAsyncEnumerable<StoredEvent> EventsAsync(ConversationStore.ConversationRow row, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = 0;
        while (true)
        {
            IReadOnlyList<StoredEvent> events;
            await using (var reader = await database.ReadAsync(cancellationToken))
                events = await log.ReadAsync(reader, row.Id, after, Batch, cancellationToken);
            foreach (var stored in events)
            {
                // Up to where it was when the export was put on the record.
                if (stored.Seq > row.LastSeq) yield break;
                yield return stored;
            }
            if (events.Count < Batch) yield break;
            after = events[^1].Seq;
        }
    }
}
