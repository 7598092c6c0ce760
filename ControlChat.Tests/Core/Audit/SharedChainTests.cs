using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

/// <summary>Two processes on one database, each with a checkpoint file of its own.</summary>
public sealed class SharedChainTests : IAsyncLifetime
{
    private StoredRows _rows = null!;
    private AuditHub _one = null!;
    private AuditHub _two = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = await TestStore.Postgres.NewAsync();
        var keys = new Keys();
        (_one, _two) = (AuditHub.Node(_rows, "one", keys), AuditHub.Node(_rows, "two", keys));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _rows.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_signs_goes_on_from_the_other_and_each_file_is_the_whole_chain()
    {
        await _one.SignAsync(rows: 3);
        await _two.SignAsync(rows: 2);
        await _one.SignAsync(rows: 4);
        await _two.SignAsync();

        Assert.Equal([3L, 5L, 9L], File.ReadAllLines(_two.Places.Checkpoints).Select(l => Checkpoint.Parse(l)!.LastSeq));
        Assert.Equal(File.ReadAllText(_one.Places.Checkpoints), File.ReadAllText(_two.Places.Checkpoints));
        foreach (var node in (AuditHub[])[_one, _two])
            Assert.Equal((true, 9L, 3), await node.VerifyAsync() is var v ? (v.Ok, v.Rows, v.Checkpoints) : default);
    }

    [Fact]
    public async Task A_process_that_was_away_takes_what_the_others_signed_meanwhile()
    {
        await _two.SignAsync(rows: 1);
        for (var i = 0; i < 250; i++) await _one.SignAsync(rows: 1);
        Assert.Equal(251, (await _two.VerifyAsync()).Checkpoints);

        await _two.SignAsync();

        Assert.Equal(File.ReadAllText(_one.Places.Checkpoints), File.ReadAllText(_two.Places.Checkpoints));
    }

    [Fact]
    public async Task Those_who_sign_at_the_same_time_make_one_chain_and_leave_no_row_unsigned()
    {
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Task.Run(() => _one.SignAsync(rows: 1)), Task.Run(() => _two.SignAsync(rows: 1)));
            Assert.Equal(2 * (round + 1), Math.Max(_one.State.Last!.LastSeq, _two.State.Last!.LastSeq));
        }
        await _one.SignAsync();
        await _two.SignAsync();

        Assert.True((await _one.VerifyAsync()).Ok);
        Assert.Equal(File.ReadAllText(_one.Places.Checkpoints), File.ReadAllText(_two.Places.Checkpoints));
    }

    [Fact]
    public async Task What_one_signed_and_could_not_write_down_stands_in_the_others_file()
    {
        await _one.SignAsync(rows: 2);
        await _one.AppendAsync(1);
        // As if killed between the commit and the file.
        Directory.Move(Path.GetDirectoryName(_one.Places.Checkpoints)!, _rows.Folder["kept"]);
        await File.WriteAllTextAsync(_rows.Folder["one"], "a file where the directory should be");
        Assert.False(await _one.Writer.TryWriteAsync(default));
        await _two.SignAsync();
        Assert.Equal(2, File.ReadAllLines(_two.Places.Checkpoints).Length);

        File.Delete(_rows.Folder["one"]);
        Directory.Move(_rows.Folder["kept"], _rows.Folder["one"]);
        await _one.SignAsync();

        Assert.Null(_one.State.Fault);
        Assert.Equal(File.ReadAllText(_one.Places.Checkpoints), File.ReadAllText(_two.Places.Checkpoints));
    }

    [Theory]
    [InlineData("update audit_checkpoints set line = replace(line, '\"last_seq\":4', '\"last_seq\":3') where n = 2", "bad_signature")]
    [InlineData("delete from audit_checkpoints where n = 2; update audit_checkpoints set n = 2 where n = 3", "checkpoint_mismatch")]
    [InlineData("update audit_checkpoints set line = 'x' where n = 3", "checkpoint_mismatch")]
    public async Task Nothing_that_somebody_put_into_the_table_comes_into_a_file(string tampering, string problem)
    {
        await _two.SignAsync(rows: 2);
        await _one.SignAsync(rows: 2);
        await _one.SignAsync(rows: 2);
        using (var connection = _one.Open()) connection.Execute(tampering);

        Assert.False(await _two.Writer.TryWriteAsync(default));
        Assert.Contains("audit verify", _two.State.Fault, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(_two.Places.Checkpoints));
        Assert.Equal(problem, (await _two.VerifyAsync()).Problem);
    }

    [Fact]
    public async Task A_record_that_was_cut_together_with_its_checkpoints_is_found_out_by_any_file()
    {
        await _one.SignAsync(rows: 4);
        await _two.SignAsync(rows: 4);
        await _one.SignAsync();
        _one.Tamper("delete from audit where seq > 4");
        using (var connection = _one.Open()) connection.Execute("delete from audit_checkpoints where n = 2");

        foreach (var node in (AuditHub[])[_one, _two])
        {
            Assert.Equal((5L, "truncated"), await node.VerifyAsync() is var v ? (v.FirstBadSeq!.Value, v.Problem) : default);
            Assert.False(await node.Writer.TryWriteAsync(default));
        }
    }

    [Fact]
    public async Task A_table_that_lost_checkpoints_gets_them_back_from_a_file()
    {
        await _one.SignAsync(rows: 4);
        await _one.SignAsync(rows: 4);
        using (var connection = _one.Open()) connection.Execute("delete from audit_checkpoints");

        await _one.SignAsync(rows: 1);
        await _two.SignAsync();

        Assert.Equal(File.ReadAllText(_one.Places.Checkpoints), File.ReadAllText(_two.Places.Checkpoints));
        Assert.Equal((true, 3), await _two.VerifyAsync() is var v ? (v.Ok, v.Checkpoints) : default);
    }

    [Fact]
    public async Task A_chain_that_was_signed_apart_stops_whoever_holds_it()
    {
        await _one.SignAsync(rows: 4);
        using (var connection = _one.Open()) connection.Execute("delete from audit_checkpoints");
        await _two.SignAsync(rows: 1);

        Assert.False(await _one.Writer.TryWriteAsync(default));
        Assert.Contains("Checkpoint 1", _one.State.Fault, StringComparison.Ordinal);
    }

    private sealed class Keys : ISharedKeys
    {
        private readonly Dictionary<string, string> _kept = new(StringComparer.Ordinal);

        public string? Find(string name)
        {
            lock (_kept) return _kept.GetValueOrDefault(name);
        }

        public IReadOnlyList<string> List(string prefix) => throw new NotSupportedException();

        public void Add(string name, string secret)
        {
            lock (_kept) _kept.TryAdd(name, secret);
        }
    }
}
