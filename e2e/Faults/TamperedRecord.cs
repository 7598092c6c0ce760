using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F9: somebody with the files changes the record. Checked by the offline verifier against the pinned public key.</summary>
public sealed class TamperedRecord : Fault
{
    private const int Chapters = 5;

    public override string Id => "F9";

    public override string Title => "audit tampering: every change detected and the first bad row named, a re-signed chain against the pinned key";

    public override int Trials => 1000;

    public override int ShortTrials => 10;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var home = Directory.CreateTempSubdirectory("controlchat-record-");
        try
        {
            await using var hub = await HubProcess.StartAsync(folder: home.FullName);
            var rows = run.Trials >= 1000 ? 100_000 : 2_000;
            for (var chapter = 0; chapter < Chapters; chapter++)
            {
                await hub.StopAsync();
                await AppendAsync(hub, rows / Chapters);
                await hub.StartAgainAsync();
            }
            await hub.StopAsync();
            await TamperAsync(run, hub, home);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task TamperAsync(FaultRun run, HubProcess hub, DirectoryInfo home)
    {
        var key = Path.Combine(home.FullName, "pinned.pem");
        await File.WriteAllTextAsync(key, (await hub.RunAsync("audit", "public-key")).Output);
        var whole = await hub.RunAsync("audit", "verify", "--public-key", key);
        run.Expect(whole.Code == 0 && whole.Output.StartsWith("ok ", StringComparison.Ordinal), $"the untouched record: {whole.Output}{whole.Errors}");
        foreach (var _ in run.EachTrial())
        {
            using var copy = RecordCopy.Of(hub);
            var harm = Harm.All[run.Dice.Next(Harm.All.Count)];
            var expected = harm.Do(copy, run.Dice);
            var (code, output, errors) = await copy.VerifyAsync(hub, key);
            run.Count(harm.Name);
            run.Expect(code == 1 && output.StartsWith("bad ", StringComparison.Ordinal), $"{harm.Name} at row {expected.From} went unseen: {code} {output}{errors}");
            run.Expect(SeqOf(output) is { } seq && seq >= expected.From && seq <= expected.To, $"{harm.Name}: expected row {expected.From} to {expected.To}, told {output}");
        }
    }

    private static long? SeqOf(string output) =>
        output.Split(' ', '\n').FirstOrDefault(p => p.StartsWith("seq=", StringComparison.Ordinal)) is { } part && long.TryParse(part.AsSpan(4), out var seq) ? seq : null;

    /// <summary>Rows as the product writes them, many to a transaction.</summary>
    private static async Task AppendAsync(HubProcess hub, int rows)
    {
        await using var database = new SqliteHubDatabase(hub.DatabasePath, TimeProvider.System);
        var trail = new AuditTrail(database, new AuditPulse());
        for (var done = 0; done < rows;)
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            for (var i = 0; i < 1000 && done < rows; i++, done++)
            {
                await trail.AppendAsync(transaction, new AuditEntry("tool.applied", "completed", new AuditActor("acc_1", null, null, "rest"))
                {
                    Tool = "workspace.rename",
                    WorkspaceId = $"ws_{done}",
                    Data = new JsonObject { ["arguments"] = new JsonObject { ["title"] = $"Title {done}" } },
                }, CancellationToken.None);
            }
            await transaction.CommitAsync(CancellationToken.None);
        }
    }
}

/// <param name="Do">Harms the copy; answers the first and last row that may be named for it.</param>
internal sealed record Harm(string Name, Func<RecordCopy, Random, (long From, long To)> Do)
{
    public static IReadOnlyList<Harm> All { get; } =
    [
        new("flipped body", (copy, dice) => Flip(copy, dice, "body")),
        new("flipped hash", (copy, dice) => Flip(copy, dice, new[] { "hash", "prev_hash", "body_hash" }[dice.Next(3)])),
        new("deleted", (copy, dice) =>
        {
            var row = copy.Any(dice);
            copy.Execute("delete from audit where seq = @row", row);
            return (row, row + 1);
        }),
        new("reordered", (copy, dice) =>
        {
            var row = copy.Any(dice);
            copy.Execute("update audit set seq = -1 where seq = @row; update audit set seq = @row where seq = @row + 1; update audit set seq = @row + 1 where seq = -1", row);
            return (row, row + 1);
        }),
        new("inserted", (copy, dice) =>
        {
            var row = copy.Any(dice);
            copy.Execute("update audit set seq = -seq - 1 where seq > @row; update audit set seq = -seq where seq < 0", row);
            copy.Insert(row + 1);
            return (row + 1, row + 2);
        }),
        new("re-hashed to the end", (copy, dice) => Rehash(copy, copy.Any(dice))),
        new("cut off", (copy, dice) =>
        {
            var row = dice.NextInt64(1, copy.LastSigned);
            copy.Execute("delete from audit where seq > @row", row);
            return (row, copy.LastSigned);
        }),
        new("re-signed with another key", (copy, dice) =>
        {
            var row = copy.Any(dice);
            Rehash(copy, row);
            copy.SignAgain();
            return (1, copy.LastSigned);
        }),
        new("flipped checkpoint", (copy, dice) => (1, copy.FlipCheckpoint(dice))),
    ];

    private static (long From, long To) Flip(RecordCopy copy, Random dice, string column)
    {
        var row = copy.Any(dice);
        var text = copy.Read(column, row);
        // Columns of the table are computed from the body, so the database itself refuses what is no JSON any more.
        for (var tries = 0; tries < 200; tries++)
        {
            var at = dice.Next(text.Length);
            if (char.IsAsciiLetterOrDigit(text[at]) && copy.TryWrite(column, row, $"{text[..at]}{(text[at] == '7' ? '8' : '7')}{text[(at + 1)..]}")) break;
        }
        return (row, row + 1);
    }

    private static (long From, long To) Rehash(RecordCopy copy, long row)
    {
        copy.Write("body", row, copy.Read("body", row).Replace("rest", "cli", StringComparison.Ordinal).Replace("\"system\"", "\"cli\"", StringComparison.Ordinal));
        copy.RehashFrom(row);
        return (row, copy.SignedAtOrAfter(row));
    }
}
