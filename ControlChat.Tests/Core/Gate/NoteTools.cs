using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Gate;

// Small real tools over a table of notes: one that writes, one that asks, one without a way back, one that reads, one that waits.

internal sealed record Note(string Id, string Text, long Version)
{
    public static Task<Note?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<Note>("select id, text, version from notes where id = @id", new { id }, cancellationToken);

    public static async Task<Note?> SeenAsync(PlanningContext context, string id, CancellationToken cancellationToken)
    {
        var note = await FindAsync(context.Reader, id, cancellationToken);
        foreach (var effect in context.Earlier.Where(e => e.Resource == $"note/{id}"))
            note = effect.Op == "delete" ? null : new Note(id, effect.After!.GetValue<string>(), note?.Version ?? 0);
        return note;
    }
}

internal sealed class NoteVersions : IResourceVersions
{
    public string Kind => "note";

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        (await Note.FindAsync(reader, id, cancellationToken))?.Version ?? 0;
}

internal sealed class SetNote : WriteTool<SetNote.Arguments>
{
    public sealed record Arguments(string Id, [MaxLength(40)] string Text);

    public override ToolDefinition Definition { get; } = Define("note.set", ToolScope.Write, "Sets a note.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments a, CancellationToken cancellationToken)
    {
        if (a.Text == "refuse") throw ToolRefusedException.Conflict("Not that text.");
        if (context.Principal.Name == "Ben" && a.Text == "forbidden") throw ToolRefusedException.Denied("Ben may not write that.");
        var note = await Note.SeenAsync(context, a.Id, cancellationToken);
        Effect[] effects = note?.Text == a.Text ? [] : [new Effect(note is null ? "create" : "update", $"note/{a.Id}", "text", note?.Text, a.Text)];
        return new PlanDraft(new JsonObject { ["id"] = a.Id, ["text"] = a.Text }, $"Set note '{a.Id}'", effects, [new ReadVersion($"note/{a.Id}", note?.Version ?? 0)], ToolScope.Write)
        {
            Compensation = note is null
                ? new Compensation("note.drop", new JsonObject { ["id"] = a.Id })
                : new Compensation("note.set", new JsonObject { ["id"] = a.Id, ["text"] = note.Text }),
            Unchanged = new JsonObject { ["text"] = a.Text },
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var text = plan.Effects[0].After!.GetValue<string>();
        await context.Transaction.ExecuteAsync(
            "insert into notes (id, text, version) values (@id, @text, 1) on conflict (id) do update set text = @text, version = notes.version + 1",
            new { id = plan.Arguments["id"]!.GetValue<string>(), text }, cancellationToken);
        // Breaks after writing: nothing of it may stay.
        if (text == "break") throw new InvalidOperationException("secret detail");
        return new JsonObject { ["text"] = text };
    }
}

internal sealed class DropNote : WriteTool<DropNote.Arguments>
{
    public sealed record Arguments(string Id);

    public override ToolDefinition Definition { get; } = Define("note.drop", ToolScope.Destructive, "Deletes a note; asks.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments a, CancellationToken cancellationToken)
    {
        var note = await Note.SeenAsync(context, a.Id, cancellationToken) ?? throw ToolRefusedException.NotFound($"There is no note '{a.Id}'.");
        return new PlanDraft(new JsonObject { ["id"] = a.Id }, $"Delete note '{a.Id}'", [new Effect("delete", $"note/{a.Id}", null, note.Text, null)],
            [new ReadVersion($"note/{a.Id}", note.Version)], ToolScope.Destructive)
        {
            Compensation = new Compensation("note.set", new JsonObject { ["id"] = a.Id, ["text"] = note.Text }),
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        await context.Transaction.ExecuteAsync("delete from notes where id = @id", new { id = plan.Arguments["id"]!.GetValue<string>() }, cancellationToken);
        return [];
    }
}

internal sealed class BurnNote : WriteTool<DropNote.Arguments>
{
    public override ToolDefinition Definition { get; } = Define("note.burn", ToolScope.Destructive, "Deletes a note for good; typed.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, DropNote.Arguments a, CancellationToken cancellationToken)
    {
        var note = await Note.SeenAsync(context, a.Id, cancellationToken) ?? throw ToolRefusedException.NotFound($"There is no note '{a.Id}'.");
        return new PlanDraft(new JsonObject { ["id"] = a.Id }, $"Burn note '{a.Id}'", [new Effect("delete", $"note/{a.Id}", null, note.Text, null)],
            [new ReadVersion($"note/{a.Id}", note.Version)], ToolScope.Destructive)
        { Reversible = false, TypedConfirmation = note.Text };
    }

    public override Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken) =>
        new DropNote().ApplyAsync(context, plan, cancellationToken);
}

internal sealed class ListNotes : ReadTool<ListNotes.Arguments>
{
    public sealed record Arguments([Range(1, 50)] int? Limit = null);

    public override ToolDefinition Definition { get; } = Define("note.list", "Lists notes.");

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments a, CancellationToken cancellationToken)
    {
        var ids = await context.Reader.QueryAsync<string>("select id from notes order by id limit @limit", new { limit = a.Limit ?? 50 }, cancellationToken);
        return new ReadResult(new JsonObject { ["items"] = new JsonArray([.. ids.Select(i => (JsonNode)i)]) }, Untrusted: true);
    }
}

internal sealed class AwaitNote(HubDatabase database) : ReadTool<AwaitNote.Arguments>
{
    public sealed record Arguments(string Id);

    public override ToolDefinition Definition { get; } = Define("note.await", "Waits until somebody has set the note.");

    protected override Task<ReadResult> ReadAsync(PlanningContext context, Arguments a, CancellationToken cancellationToken) => Task.FromResult(ReadResult.After(async stop =>
    {
        await Waiting.UntilAsync(() => IsThereAsync(a.Id, stop), TimeSpan.FromSeconds(60));
        return new ReadResult(new JsonObject { ["id"] = a.Id }, Untrusted: false);
    }));

    private async Task<bool> IsThereAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.FindAsync<string>("select id from notes where id = @id", new { id }, cancellationToken) is not null;
    }
}
