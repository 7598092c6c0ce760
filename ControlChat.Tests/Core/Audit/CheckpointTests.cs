using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class CheckpointTests(TestStore store)
{
    [Fact]
    public async Task A_checkpoint_says_exactly_what_the_contract_lists()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 3);
        await hub.SignAsync(rows: 2);

        var lines = File.ReadAllLines(hub.Places.Checkpoints).Select(l => JsonNode.Parse(l)!.AsObject()).ToList();

        Assert.Equal(["at", "hub_id", "key_id", "last_hash", "last_seq", "n", "prev", "signature", "v"], lines[0].Select(p => p.Key).Order());
        Assert.Equal((1, 1L, 3L, AuditChain.Start), ((int)lines[0]["v"]!, (long)lines[0]["n"]!, (long)lines[0]["last_seq"]!, (string?)lines[0]["prev"]));
        Assert.Equal((2L, 5L, CanonicalJson.Hash(lines[0])), ((long)lines[1]["n"]!, (long)lines[1]["last_seq"]!, (string?)lines[1]["prev"]));
        Assert.Equal(await hub.Identity.GetAsync(default), (string?)lines[0]["hub_id"]);
        Assert.Equal("2026-11-21T08:00:00.000Z", (string?)lines[0]["at"]);
        Assert.All(File.ReadAllLines(hub.Places.Checkpoints), l => Assert.True(Checkpoint.Parse(l)!.IsSignedBy(hub.Key())));
    }

    [Fact]
    public async Task Key_and_checkpoints_are_the_owners_alone()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 1);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(hub.Places.SigningKey));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(hub.Places.SigningKey)!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(hub.Places.Checkpoints));
    }

    [Fact]
    public async Task Nothing_is_signed_twice()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync();
        Assert.False(File.Exists(hub.Places.Checkpoints));

        await hub.SignAsync(rows: 2);
        await hub.SignAsync();

        Assert.Single(File.ReadAllLines(hub.Places.Checkpoints));
    }

    [Fact]
    public async Task A_row_is_signed_within_five_seconds()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Writer.StartAsync(default);
        await Waiting.UntilAsync(() => hub.Time.Waiting > 0);

        await hub.AppendAsync(1);
        hub.Time.Advance(TimeSpan.FromSeconds(5));
        await Waiting.UntilAsync(() => hub.State.Last?.LastSeq == 1);

        await hub.Writer.StopAsync(default);
    }

    [Fact]
    public async Task Two_hundred_and_fifty_six_rows_do_not_wait_for_the_clock()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Writer.StartAsync(default);
        await Waiting.UntilAsync(() => hub.Time.Waiting > 0);

        await hub.AppendAsync(255);
        for (var i = 0; i < 2; i++) await hub.Trail.AppendAsync(AuditHub.Entry(), default);
        await Waiting.UntilAsync(() => hub.State.Last?.LastSeq >= 255);

        await hub.Writer.StopAsync(default);
    }

    [Fact]
    public async Task A_clean_stop_signs_the_last_row()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Writer.StartAsync(default);
        await hub.AppendAsync(3);

        await hub.Writer.StopAsync(default);

        Assert.Equal(3, CheckpointFile.Last(hub.Places.Checkpoints)!.LastSeq);
    }

    [Fact]
    public async Task After_a_crash_between_row_and_checkpoint_the_next_start_signs_the_row()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 2);
        await hub.AppendAsync(1);
        Assert.True((await hub.VerifyAsync()).Ok);

        await hub.SignAsync();

        Assert.Equal((true, 3L, 2), await hub.VerifyAsync() is var v ? (v.Ok, v.Rows, v.Checkpoints) : default);
    }

    [Fact]
    public async Task A_line_that_a_crash_cut_off_is_written_again()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 2);
        await hub.SignAsync(rows: 2);
        var text = await File.ReadAllTextAsync(hub.Places.Checkpoints);
        await File.WriteAllTextAsync(hub.Places.Checkpoints, text[..^40]);
        Assert.Equal((true, 1), await hub.VerifyAsync() is var v ? (v.Ok, v.Checkpoints) : default);

        await hub.SignAsync();

        Assert.Equal((true, 2), await hub.VerifyAsync() is var w ? (w.Ok, w.Checkpoints) : default);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_told_and_tried_again()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 1);
        await File.WriteAllTextAsync(hub.Places.CheckpointDirectory, "a file where the directory should be");

        Assert.False(await hub.Writer.TryWriteAsync(default));
        Assert.Contains("Audit:CheckpointDirectory", hub.State.Fault, StringComparison.Ordinal);

        File.Delete(hub.Places.CheckpointDirectory);
        Assert.True(await hub.Writer.TryWriteAsync(default));
        Assert.Null(hub.State.Fault);
    }

    [Theory]
    [InlineData("delete from audit where seq > 2", "ends at row 2")]
    [InlineData("update audit set hash = prev_hash where seq = 4", "is not what was signed")]
    public async Task What_contradicts_a_checkpoint_is_never_signed(string tampering, string fault)
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 4);
        hub.Tamper(tampering);
        await hub.AppendAsync(1);

        Assert.False(await hub.Writer.TryWriteAsync(default));
        Assert.Contains(fault.Replace("row 2", "row 3", StringComparison.Ordinal), hub.State.Fault, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(hub.Places.Checkpoints));
    }

    [Fact]
    public async Task The_hub_keeps_its_id()
    {
        await using var hub = await AuditHub.CreateAsync(store);

        var id = await hub.Identity.GetAsync(default);

        Assert.StartsWith("hub_", id, StringComparison.Ordinal);
        Assert.Equal(id, await new HubIdentity(hub.Database).GetAsync(default));
    }
}

public sealed class CheckpointOnSqliteTests() : CheckpointTests(TestStore.Sqlite);

public sealed class CheckpointOnPostgresTests() : CheckpointTests(TestStore.Postgres);
