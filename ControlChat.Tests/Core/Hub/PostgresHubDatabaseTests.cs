using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Core.Audit;
using ControlChat.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>What is PostgreSQL's alone: several processes at once, lost connections, roles, and the database's own clock.</summary>
public sealed class PostgresHubDatabaseTests : IAsyncLifetime
{
    private readonly List<PostgresHubDatabase> _open = [];
    private string _at = "";

    public async ValueTask InitializeAsync() => _at = await PostgresForTests.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open) await database.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
    }

    [Fact]
    public async Task Processes_that_start_at_once_on_an_empty_database_make_the_schema_once()
    {
        var empty = await PostgresForTests.EmptyDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Open(empty).MigrateAsync(CancellationToken.None)));
        await using (var reader = await Open(empty).ReadAsync(CancellationToken.None))
            Assert.Equal(0, await reader.FindAsync<long>("select count(*) from audit", null, CancellationToken.None));
        await PostgresForTests.DropAsync(empty);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_for_good()
    {
        await ExecuteAsync("insert into schema_versions (name, applied_at) values ('999_later', '')");
        var refused = await Assert.ThrowsAsync<HubUnavailableException>(() => Open().MigrateAsync(CancellationToken.None));
        Assert.Contains("'999_later'", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsLasting);
    }

    [Fact]
    public async Task The_chain_holds_over_processes_that_append_at_once()
    {
        var trails = Enumerable.Range(0, 3).Select(_ => new AuditTrail(Open(), new AuditPulse())).ToList();
        await Task.WhenAll(trails.Select(async trail =>
        {
            for (var i = 0; i < 20; i++) await trail.AppendAsync(AuditHub.Entry(), CancellationToken.None);
        }));
        await using var reader = await Open().ReadAsync(CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), await reader.QueryAsync<long>("select seq from audit order by seq", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_writer_of_another_process_waits_for_the_first_and_sees_what_it_wrote()
    {
        await using var first = await Open().BeginAsync(CancellationToken.None);
        var second = Open().BeginAsync(CancellationToken.None);
        await first.ExecuteAsync("insert into hub_facts (name, value) values ('a', 'b')", null, CancellationToken.None);
        Assert.False(second.IsCompleted);
        await first.CommitAsync(CancellationToken.None);
        await using var next = await second;
        Assert.Equal("b", await next.FindAsync<string>("select value from hub_facts where name = 'a'", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_held_lock_is_waited_for_with_an_end()
    {
        await using var first = await Open().BeginAsync(CancellationToken.None);
        var impatient = new NpgsqlConnectionStringBuilder(_at) { Options = "-c lock_timeout=200" }.ConnectionString;
        var busy = await Assert.ThrowsAsync<HubUnavailableException>(() => Open(impatient).BeginAsync(CancellationToken.None));
        Assert.False(busy.IsLasting);
    }

    [Fact]
    public async Task A_session_reads_one_moment_and_writes_nothing()
    {
        await using var reader = await Open().ReadAsync(CancellationToken.None);
        await ExecuteAsync("insert into hub_facts (name, value) values ('later', '')");
        Assert.Equal(0, await reader.FindAsync<long>("select count(*) from hub_facts where name = 'later'", null, CancellationToken.None));
        await Assert.ThrowsAsync<HubUnavailableException>(() => reader.FindAsync<string>("insert into hub_facts (name, value) values ('x', '') returning name", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_failed_statement_ends_the_transaction_unless_it_goes_back_to_a_savepoint()
    {
        const string Twice = "insert into hub_facts (name, value) values ('twice', '')";
        var database = Open();
        await using (var kept = await database.BeginAsync(CancellationToken.None))
        {
            await kept.ExecuteAsync(Twice, null, CancellationToken.None);
            await kept.SaveAsync("before", CancellationToken.None);
            await Assert.ThrowsAsync<PostgresException>(() => kept.ExecuteAsync(Twice, null, CancellationToken.None));
            await kept.RollbackToAsync("before", CancellationToken.None);
            await kept.CommitAsync(CancellationToken.None);
        }
        await using (var lost = await database.BeginAsync(CancellationToken.None))
        {
            await lost.ExecuteAsync("insert into hub_facts (name, value) values ('first', '')", null, CancellationToken.None);
            await Assert.ThrowsAsync<PostgresException>(() => lost.ExecuteAsync(Twice, null, CancellationToken.None));
            await Assert.ThrowsAsync<HubUnavailableException>(() => lost.CommitAsync(CancellationToken.None));
        }
        await using var reader = await database.ReadAsync(CancellationToken.None);
        Assert.Equal(["twice"], await reader.QueryAsync<string>("select name from hub_facts where name in ('twice', 'first')", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_connection_that_the_server_ends_is_not_now_and_the_next_one_works()
    {
        var database = Open();
        var told = new List<Announcement>();
        database.Committed = told.AddRange;
        await using (var cut = await database.BeginAsync(CancellationToken.None))
        {
            await cut.AnnounceAsync("topic", "1", CancellationToken.None);
            await ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            await Assert.ThrowsAsync<HubUnavailableException>(() => cut.ExecuteAsync("delete from hub_facts", null, CancellationToken.None));
            await Assert.ThrowsAsync<HubUnavailableException>(() => cut.CommitAsync(CancellationToken.None));
        }
        Assert.Empty(told);
        await using var next = await database.BeginAsync(CancellationToken.None);
        Assert.Equal(0, await next.FindAsync<long>("select count(*) from outbox", null, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_server_every_call_says_which_setting_to_check()
    {
        var database = Open("Host=/nowhere-at-all;Username=u;Password=hunter2-hunter2;Database=d");
        var away = await Assert.ThrowsAsync<HubUnavailableException>(() => database.BeginAsync(CancellationToken.None));
        Assert.Contains("Hub:ConnectionString", away.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", away.ToString(), StringComparison.Ordinal);
        Assert.False(away.IsLasting);
    }

    [Fact]
    public async Task The_time_is_the_databases_own_unless_a_test_says_it()
    {
        await using var reader = await Open().ReadAsync(CancellationToken.None);
        Assert.InRange(TimeProvider.System.GetUtcNow() - reader.Now, TimeSpan.FromSeconds(-5), TimeSpan.FromMinutes(1));
        var time = new FakeTime();
        await using var database = new PostgresHubDatabase(_at, time);
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await transaction.SaveAsync("s", CancellationToken.None);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Timestamps.Format(time.GetUtcNow()), await transaction.FindAsync<string>("select hub_now()", null, CancellationToken.None));
        await transaction.RollbackToAsync("s", CancellationToken.None);
        Assert.Equal(Timestamps.Format(time.GetUtcNow()), await transaction.FindAsync<string>("select hub_now()", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_role_that_is_not_the_owner_serves_a_current_schema_and_cannot_touch_the_record()
    {
        await new AuditTrail(Open(), new AuditPulse()).AppendAsync(AuditHub.Entry(), CancellationToken.None);
        await ExecuteAsync(await File.ReadAllTextAsync(RoleScript));
        var app = Open(new NpgsqlConnectionStringBuilder(_at) { Username = "controlchat_app" }.ConnectionString);
        await app.MigrateAsync(CancellationToken.None);
        Assert.Equal(2, await new AuditTrail(app, new AuditPulse()).AppendAsync(AuditHub.Entry(), CancellationToken.None));
        Assert.False((await app.DescribeAsync(CancellationToken.None)).RecordCanBeChanged);
        Assert.True((await Open().DescribeAsync(CancellationToken.None)).RecordCanBeChanged);
        foreach (var sql in new[] { "update audit set body = body", "delete from audit", "truncate audit", "alter table audit disable trigger all" })
        {
            await using var transaction = await app.BeginAsync(CancellationToken.None);
            var refused = await Assert.ThrowsAsync<HubUnavailableException>(() => transaction.ExecuteAsync(sql, null, CancellationToken.None));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, Assert.IsType<PostgresException>(refused.InnerException).SqlState);
        }
    }

    [Fact]
    public async Task An_owner_who_may_not_make_roles_runs_the_script_when_somebody_made_the_role_before()
    {
        var (owner, empty) = ($"owner_{Guid.NewGuid():n}", await PostgresForTests.EmptyDatabaseAsync());
        var at = new NpgsqlConnectionStringBuilder(empty) { Username = owner, Pooling = false }.ConnectionString;
        await ExecuteAsync("do $$ begin create role controlchat_app login; exception when duplicate_object then null; end $$");
        await ExecuteAsync($"create role {owner} login; alter database {new NpgsqlConnectionStringBuilder(empty).Database} owner to {owner}");
        await Open(at).MigrateAsync(CancellationToken.None);
        await using (var connection = new NpgsqlConnection(at)) await connection.ExecuteAsync(await File.ReadAllTextAsync(RoleScript));
        var app = Open(new NpgsqlConnectionStringBuilder(empty) { Username = "controlchat_app" }.ConnectionString);
        Assert.Equal(1, await new AuditTrail(app, new AuditPulse()).AppendAsync(AuditHub.Entry(), CancellationToken.None));
        Assert.False((await app.DescribeAsync(CancellationToken.None)).RecordCanBeChanged);
        await PostgresForTests.DropAsync(empty);
    }

    [Fact]
    public async Task A_role_that_serves_cannot_put_a_table_of_its_own_in_the_records_place()
    {
        const string Stranger = "create temp table audit (seq bigint, hash text); insert into pg_temp.audit values (41, repeat('a', 64));"
            + " insert into public.audit (seq, body, prev_hash, body_hash, hash) values (42, '{}', repeat('a', 64), '', repeat('b', 64))";
        await ExecuteAsync(await File.ReadAllTextAsync(RoleScript));
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_at) { Username = "controlchat_app", Pooling = false }.ConnectionString);
        foreach (var sql in new[] { Stranger, "update hub_keys set sealed = ''", "delete from hub_keys" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(sql));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        // Where the script's right to refuse it was missing, the chain holds by itself.
        await ExecuteAsync($"grant temporary on database {new NpgsqlConnectionStringBuilder(_at).Database} to public");
        var unchained = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(Stranger));
        Assert.Equal(PostgresErrorCodes.IntegrityConstraintViolation, unchained.SqlState);
    }

    [Fact]
    public async Task A_right_that_a_new_version_wants_and_the_role_has_not_says_what_to_run()
    {
        await ExecuteAsync(await File.ReadAllTextAsync(RoleScript));
        await ExecuteAsync("revoke select on freezes from controlchat_app");
        await using var reader = await Open(new NpgsqlConnectionStringBuilder(_at) { Username = "controlchat_app" }.ConnectionString).ReadAsync(CancellationToken.None);
        var refused = await Assert.ThrowsAsync<HubUnavailableException>(() => reader.FindAsync<long>("select count(*) from freezes", null, CancellationToken.None));
        Assert.Contains("role.sql", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsLasting);
    }

    [Fact]
    public async Task A_process_that_stands_still_in_a_write_stops_the_others_for_seconds_only()
    {
        var other = Open();
        await using var still = await Open().BeginAsync(CancellationToken.None);
        await using (var next = await Waiting.ForAsync(() => TakenAsync(other), TimeSpan.FromSeconds(30)))
            await next.CommitAsync(CancellationToken.None);
        await Assert.ThrowsAsync<HubUnavailableException>(() => still.CommitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_role_that_may_not_change_an_old_schema_says_who_can()
    {
        var empty = await PostgresForTests.EmptyDatabaseAsync();
        await ExecuteAsync("do $$ begin create role controlchat_guest login; exception when duplicate_object then null; end $$");
        var refused = await Assert.ThrowsAsync<HubUnavailableException>(() =>
            Open(new NpgsqlConnectionStringBuilder(empty) { Username = "controlchat_guest" }.ConnectionString).MigrateAsync(CancellationToken.None));
        Assert.True(refused.IsLasting);
        Assert.Contains("owner", refused.Message, StringComparison.Ordinal);
        await PostgresForTests.DropAsync(empty);
    }

    [Fact]
    public async Task The_record_cannot_be_emptied_by_its_owner_either()
    {
        await new AuditTrail(Open(), new AuditPulse()).AppendAsync(AuditHub.Entry(), CancellationToken.None);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("truncate audit"));
    }

    [Fact]
    public async Task A_text_that_no_column_can_hold_is_kept_with_a_replacement()
    {
        await using var transaction = await Open().BeginAsync(CancellationToken.None);
        await transaction.ExecuteAsync("insert into hub_facts (name, value) values (@name, @value)", new { name = "a", value = "nul\0 half\ud83d whole😀" }, CancellationToken.None);
        var values = new Dictionary<string, object?> { ["name"] = "a\0" };
        Assert.Null(await transaction.FindAsync<string>("select value from hub_facts where name = @name", values, CancellationToken.None));
        Assert.Equal("nul\ufffd half\ufffd whole😀", await transaction.FindAsync<string>("select value from hub_facts where name = 'a'", null, CancellationToken.None));
    }

    [Fact]
    public async Task What_can_wait_for_another_time_waits_for_nothing()
    {
        var (own, other) = (Open(), Open());
        await own.MigrateAsync(CancellationToken.None);
        await using (var held = await other.BeginAsync(CancellationToken.None)) Assert.Null(await own.TryBeginAsync(CancellationToken.None));
        await using (var held = await own.BeginAsync(CancellationToken.None)) Assert.Null(await own.TryBeginAsync(CancellationToken.None));
        await using var free = await own.TryBeginAsync(CancellationToken.None);
        Assert.NotNull(free);
    }

    private static async Task<IHubTransaction?> TakenAsync(PostgresHubDatabase database)
    {
        try
        {
            return await database.BeginAsync(CancellationToken.None);
        }
        catch (HubUnavailableException)
        {
            return null;
        }
    }

    private static string RoleScript => Path.Combine(HouseRules.Repository.Root, "ControlChat.Core", "Hub", "Postgres", "role.sql");

    private PostgresHubDatabase Open(string? at = null)
    {
        var database = new PostgresHubDatabase(at ?? _at, TimeProvider.System);
        _open.Add(database);
        return database;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_at + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }
}
