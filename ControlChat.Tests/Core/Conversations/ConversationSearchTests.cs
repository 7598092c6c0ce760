using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Conversations;

/// <summary>What is PostgreSQL's alone in the search of conversations.</summary>
public sealed class ConversationSearchTests : IAsyncLifetime
{
    private static readonly Principal Mara = TestPrincipals.Person("acc_mara");
    private readonly FakeTime _time = new();
    private string _at = "";

    public async ValueTask InitializeAsync() => _at = await PostgresForTests.NewDatabaseAsync();

    public async ValueTask DisposeAsync() => await PostgresForTests.DropAsync(_at);

    [Fact]
    public async Task A_database_without_a_language_finds_the_words_of_all()
    {
        var at = new NpgsqlConnectionStringBuilder(_at) { Database = new NpgsqlConnectionStringBuilder(_at).Database + "_c" };
        await ExecuteAsync($"create database {at.Database} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
        await using (var database = new PostgresHubDatabase(at.ConnectionString, _time))
        {
            var conversations = new ConversationService(database, new TestSettings());
            var id = (await conversations.CreateAsync(Mara, "Привет мир, Zürich und 東京タワー", default)).Id;
            foreach (var search in new[] { "ПРИВЕТ", "zurich", "東京" })
                Assert.Equal(id, Assert.Single((await conversations.ListAsync(Mara, new ConversationFilter(search), default)).Items).Id);
        }
        await PostgresForTests.DropAsync(at.ConnectionString);
    }

    [Fact]
    public async Task A_common_word_reads_the_messages_of_its_reader_and_not_of_the_hub()
    {
        await ExecuteAsync("""
            insert into conversations (id, owner_id, title, titled, created_at, updated_at)
              select 'conv_' || n, case when n <= 3 then 'acc_mara' else 'acc_' || n end, 't', 1, hub_now(), hub_now() from generate_series(1, 600) n;
            insert into messages (id, conversation_id, seq, role, text, via, tainted, at, words)
              select 'msg_' || c.id || '_' || n, c.id, n, 'user', 'the common word', 'ui', 0, hub_now(), to_tsvector('simple', 'the common word') from conversations c, generate_series(1, 10) n;
            analyze
            """);
        await using var database = new PostgresHubDatabase(_at, _time);
        await using var reader = await database.ReadAsync(default);
        Assert.Equal(3, (await ConversationStore.ListAsync(reader, "acc_mara", new ConversationFilter("common"), default)).Items.Count);
        Assert.InRange(await reader.FindAsync<long>("select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'messages'", null, default), 1, 600);
    }

    [Fact]
    public async Task What_an_older_version_wrote_is_found_once_it_was_read()
    {
        await ExecuteAsync("""
            insert into conversations (id, owner_id, title, titled, created_at, updated_at) values ('conv_1', 'acc_mara', 'Zürich', 1, hub_now(), hub_now()), ('conv_2', 'acc_mara', 't', 1, hub_now(), hub_now());
            insert into messages (id, conversation_id, seq, role, text, via, tainted, at) select 'msg_' || n, 'conv_2', n, 'user', 'мир ' || n, 'ui', 0, hub_now() from generate_series(1, 150) n
            """);
        await using var database = new PostgresHubDatabase(_at, _time);
        var conversations = new ConversationService(database, new TestSettings());
        var indexer = new ConversationIndexer(database, _time, NullLogger<ConversationIndexer>.Instance);
        var read = 0;
        while (await indexer.IndexAsync(default) is > 0 and var more) read += more;
        Assert.Equal(152, read);
        Assert.Equal("conv_1", Assert.Single((await conversations.ListAsync(Mara, new ConversationFilter("zurich"), default)).Items).Id);
        var found = Assert.Single((await conversations.ListAsync(Mara, new ConversationFilter("мир 149"), default)).Items);
        Assert.Equal(("conv_2", 149L), (found.Id, found.LastLineSeq));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_at + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }
}
