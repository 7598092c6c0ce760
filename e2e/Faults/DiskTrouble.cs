using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Faults;

/// <summary>F8: the record refuses rows, its table is gone, the disk is full. No effect without a row, and recovery without a restart.</summary>
public sealed class DiskTrouble : Fault
{
    public override string Id => "F8";

    public override string Title => "record unavailable or disk full: fails closed, recovers without a restart";

    public override int Trials => 30;

    public override int ShortTrials => 3;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var folder = Directory.CreateTempSubdirectory("controlchat-disk-");
        var small = await SmallDiskAsync(folder.FullName);
        if (!small) run.Count("trials without a disk of its own: no right to mount one here");
        try
        {
            await using var bed = await Bed.MakeAsync(folder.FullName);
            foreach (var trial in run.EachTrial())
            {
                var trouble = (trial % 3) switch { 0 => Refuse(bed), 1 => Hide(bed), _ => small ? Fill(folder.FullName) : Refuse(bed) };
                await DuringAsync(run, bed, trial, trouble);
            }
        }
        finally
        {
            if (small) await CommandAsync("umount", folder.FullName);
            folder.Delete(recursive: true);
        }
    }

    private static async Task DuringAsync(FaultRun run, Bed bed, int trial, Trouble trouble)
    {
        var workspace = await bed.CreateWorkspaceAsync($"before {trial}");
        var approval = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace });
        trouble.Begin();
        var created = await bed.Person.CallAsync("workspace.create", new JsonObject { ["title"] = $"during {trial}" });
        var approved = await bed.ApproveAsync(approval);
        trouble.End();
        run.Count($"{trouble.Name}: answered {created.Status} and {approved.Status}");
        if (trouble.Certain)
        {
            run.Expect(created.Status >= 500, $"{trouble.Name}: a write answered {created.Status}: {created.Text}");
            run.Expect(approved.Status >= 500, $"{trouble.Name}: an approval answered {approved.Status}: {approved.Text}");
        }
        run.Expect(created.Status == 503 || created.Status == 200 || !trouble.Retryable, $"{trouble.Name}: the write answered {created.Status}, expected 503: {created.Text}");
        // With the trouble gone, effects and rows must tell the same story.
        var listed = (await bed.Person.CallAsync("workspace.list", new JsonObject { ["text"] = $"during {trial}" })).Text.Contains($"during {trial}\"", StringComparison.Ordinal);
        run.Expect(listed == (created.Status == 200), $"{trouble.Name}: the write answered {created.Status} and its effect {(listed ? "is there" : "is not there")}");
        var state = await bed.StateOfAsync(workspace);
        run.Expect(state == (approved.Status == 200 ? "archived" : "active"), $"{trouble.Name}: the approval answered {approved.Status} and the workspace is {state}");
        var standing = (await bed.Person.GetAsync($"/api/v1/approvals/{approval.Id}")).Field("status");
        if (run.Expect(standing == (approved.Status == 200 ? "consumed" : "pending"), $"{trouble.Name}: the approval answered {approved.Status} and is {standing}: {approved.Text}") && standing == "pending")
        {
            var again = await bed.ApproveAsync(await bed.OpenAsync(approval.Id));
            run.Expect(again.Status == 200, $"{trouble.Name}: no recovery: {again.Status} {again.Text}");
        }
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"{trouble.Name}: the chain broke: {fault}");
        run.Expect(bed.Hub.Running, $"{trouble.Name}: the hub ended");
    }

    private static Trouble Refuse(Bed bed) => new("rows refused",
        () => Execute(bed, "create trigger trouble before insert on audit begin select raise(abort, 'no room for the record'); end"),
        () => Execute(bed, "drop trigger trouble"), Certain: true, Retryable: false);

    private static Trouble Hide(Bed bed) => new("table gone",
        () => Execute(bed, "alter table audit rename to audit_gone"),
        () => Execute(bed, "alter table audit_gone rename to audit"), Certain: true, Retryable: false);

    /// <summary>Not certain to refuse: the write-ahead log may have room left inside.</summary>
    private static Trouble Fill(string folder)
    {
        var filler = Path.Combine(folder, "filler");
        return new("disk full", () => FillFile(filler), () => File.Delete(filler), Certain: false, Retryable: true);
    }

    private static void FillFile(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    private static void Execute(Bed bed, string sql)
    {
        using var connection = SqliteLibrary.Open(bed.Hub.DatabasePath);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task<bool> SmallDiskAsync(string folder) => await CommandAsync("mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "controlchat-faults", folder) == 0;

    private static async Task<int> CommandAsync(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private sealed record Trouble(string Name, Action Begin, Action End, bool Certain, bool Retryable);
}
