using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Trail;

/// <summary>Makes of changes what their viewer may know of them: a row's own fields for whoever may see the row, what was said for whoever owns the conversation.</summary>
internal sealed class TrailEntries(AccountStore accounts, ActionHistory actions, CheckpointState checkpoints)
{
    public async Task<IReadOnlyList<TrailEntry>> MakeAsync(TrailView view, AuditEffects effects, IReadOnlyList<TrailChange> changes, CancellationToken cancellationToken)
    {
        var facts = new Facts(
            await NamesAsync(view.Reader, changes.SelectMany(c => new[] { c.Row.Actor.Account, c.Row.Approver, AccountOf(c.Effect) }), cancellationToken),
            await RunOrigins.FindAsync(view.Reader, view.Person.AccountId, [.. changes.Select(c => c.Row.RunId).OfType<string>().Distinct()], cancellationToken),
            await effects.EndsAsync([.. changes.SelectMany(c => new[] { c.Row.ActionId, BatchOf(c.Row) }).OfType<string>().Distinct()], cancellationToken));
        var made = new List<TrailEntry>();
        var undos = new TrailUndos(view, effects, actions, accounts);
        foreach (var change in changes)
        {
            var own = SeesRow(view, change.Row);
            made.Add(Entry(change, facts, own, await undos.OfAsync(change.Row, own, cancellationToken)));
        }
        return made;
    }

    /// <summary>The same with the accounts' names.</summary>
    public async Task<IReadOnlyList<PastField>> NamedAsync(IHubReader reader, IReadOnlyList<PastField> members, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(reader, members.Select(m => m.Field), cancellationToken);
        return [.. members.Select(m => m with { Name = names.GetValueOrDefault(m.Field, m.Field) }).OrderBy(m => m.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private TrailEntry Entry(TrailChange change, Facts facts, bool own, TrailUndo undo)
    {
        var (row, effect) = (change.Row, change.Effect);
        return new TrailEntry
        {
            Seq = row.Seq,
            At = row.At,
            Resource = effect.Resource,
            About = facts.Person(AccountOf(effect)),
            Op = effect.Op,
            Field = effect.Field,
            Before = effect.Before?.DeepClone(),
            After = effect.After?.DeepClone(),
            Tool = row.Tool,
            Actor = Actor(row, facts, own),
            Approver = facts.Person(row.Approver),
            Summary = own ? Text(row.Data["summary"]) : null,
            ActionId = own ? row.ActionId : null,
            PlanId = own ? row.PlanId : null,
            ApprovalId = own ? row.ApprovalId : null,
            ConversationId = own ? row.ConversationId : null,
            Message = row.RunId is { } run && facts.Messages.TryGetValue(run, out var message) ? message.ToTrail() : null,
            Batch = Batch(row, facts, own),
            End = End(row, facts, own),
            Undo = undo,
            Evidence = new TrailEvidence(row.Hash, IsIntact(change.Stored), row.Seq <= (checkpoints.Last?.LastSeq ?? 0)),
        };
    }

    private static TrailActor Actor(AuditRow row, Facts facts, bool own)
    {
        var person = facts.Person(row.Actor.Account);
        var agent = new CallOrigin(row.Actor.Via).Agent;
        return new TrailActor(person, row.Actor.Via, agent is null && row.Actor.Token is null ? null : person, agent, own ? row.Actor.Token : null, own ? row.RunId : null);
    }

    private static TrailBatch? Batch(AuditRow row, Facts facts, bool own) =>
        BatchOf(row) is { } batch && row.Data["step"] is JsonValue step && step.TryGetValue(out int number)
            ? new TrailBatch(number, own ? batch : null, own && facts.Ends.TryGetValue(batch, out var end) ? end.Outcome : null) : null;

    private static TrailEnd? End(AuditRow row, Facts facts, bool own) =>
        row.ActionId is { } action && facts.Ends.TryGetValue(action, out var end) && end.Seq > row.Seq
            ? new TrailEnd(end.Seq, end.At, end.Outcome, own ? Text(end.Data["error"]) : null) : null;

    private async Task<IReadOnlyDictionary<string, string>> NamesAsync(IHubReader reader, IEnumerable<string?> ids, CancellationToken cancellationToken) =>
        await accounts.NamesAsync(reader, [.. ids.OfType<string>().Distinct()], cancellationToken);

    // As the record shows rows: all to admins, to others what they or their tokens did.
    private static bool SeesRow(TrailView view, AuditRow row) => view.Person.IsAdmin || row.Actor.Account == view.Person.AccountId;

    // member/ws_1:acc_1, setting/Limits:Workspaces:acc_1.
    private static string? AccountOf(RecordedEffect effect) =>
        effect.Resource[(effect.Resource.LastIndexOf(':') + 1)..] is var last && last.StartsWith("acc_", StringComparison.Ordinal) ? last : null;

    private static string? BatchOf(AuditRow row) => Text(row.Data["batch_id"]);

    private static bool IsIntact(StoredRow row) => CanonicalJson.Hash(row.Body) == row.BodyHash && AuditChain.Hash(row.PrevHash, row.Seq, row.BodyHash) == row.Hash;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private sealed record Facts(IReadOnlyDictionary<string, string> Names, IReadOnlyDictionary<string, RunOrigin> Messages, IReadOnlyDictionary<string, AuditRow> Ends)
    {
        public TrailPerson? Person(string? account) => account is null ? null : new TrailPerson(account, Names.GetValueOrDefault(account, account));
    }
}

internal static class TrailMessages
{
    public static TrailMessage ToTrail(this RunOrigin origin) => new(origin.MessageId, origin.Seq, origin.Title, origin.Excerpt);
}
