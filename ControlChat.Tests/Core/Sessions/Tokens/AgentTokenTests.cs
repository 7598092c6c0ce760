using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Tokens;

/// <summary>What agents' tokens are worth, and to what they are worth nothing (R73-R79).</summary>
public sealed class AgentTokenTests : IAsyncLifetime
{
    private WorkspaceHub _hub = null!;
    private AgentTokenBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync();
        _bench = await AgentTokenBench.OpenAsync(_hub);
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task Every_forged_token_is_refused_for_its_reason_and_as_many_right_ones_are_taken()
    {
        using var attacks = new AgentTokenAttacks(_bench);
        var all = attacks.All().ToList();
        Assert.InRange(all.Count, 400, int.MaxValue);
        var wrong = new List<string>();
        foreach (var attack in all)
        {
            var verdict = await _bench.VerifyAsync(attack.Token) is AgentTokenReading.Refused { Reason: var reason } ? reason : "accepted";
            if (verdict != attack.Reason) wrong.Add($"{attack.Name}: {verdict}, not {attack.Reason}");
        }
        Assert.Empty(wrong);
        for (var i = 0; i < all.Count; i++)
        {
            var scopes = i % 3 == 0 ? AgentScopes.All : [AgentScopes.FilesRead];
            var token = i % 2 == 0 ? await _bench.Tokens.IssueAsync(_bench.Session.Id, scopes, default) : _bench.Token();
            Assert.IsType<AgentTokenReading.Accepted>(await _bench.VerifyAsync(token));
        }
    }

    [Fact]
    public async Task A_token_says_whose_it_is_and_lives_a_quarter_of_an_hour()
    {
        var token = await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default);
        var claims = Assert.IsType<AgentTokenReading.Accepted>(await _bench.VerifyAsync(token, scope: AgentScopes.DocumentsWrite)).Claims;
        Assert.Equal((_bench.Session.Id, "acc_1"), (claims.Session.Id, claims.Session.OwnerId));
        Assert.Equal(AgentScopes.All, claims.Scopes);
        Assert.Equal(_bench.Now + 900, claims.ExpiresAt.ToUnixTimeSeconds());
        _hub.Time.Advance(TimeSpan.FromSeconds(899));
        Assert.IsType<AgentTokenReading.Accepted>(await _bench.VerifyAsync(token));
        _hub.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("Token validation failed", "expired"), await WordsAsync(token));
        Assert.NotEqual(await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default), await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default));
    }

    [Fact]
    public async Task The_first_token_under_a_key_is_as_good_as_the_next()
    {
        using var key = new AgentTokenKey(new OwnKey("session-tokens", _hub["keys/session-tokens.pem"], null));
        var token = await new AgentTokens(_hub.Database, new SessionStore(), new HubIdentity(_hub.Database), key).IssueAsync(_bench.Session.Id, AgentScopes.All, default);
        Assert.IsType<AgentTokenReading.Accepted>(await _bench.VerifyAsync(token));
    }

    [Fact]
    public async Task It_never_outlives_the_session()
    {
        _hub.Time.Advance(TimeSpan.FromMinutes(25));
        var token = await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default);
        var claims = Assert.IsType<AgentTokenReading.Accepted>(await _bench.VerifyAsync(token)).Claims;
        Assert.Equal(_bench.Session.ExpiresAt!.Value.ToUnixTimeSeconds(), claims.ExpiresAt.ToUnixTimeSeconds());
        Assert.Equal("lifetime", (await WordsAsync(_bench.Token(claims: _bench.Claims(c => c["exp"] = _bench.Now + 600).ToJsonString()))).Reason);
        _hub.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("expired", (await WordsAsync(token)).Reason);
        Assert.Null(await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default));
    }

    [Fact]
    public async Task It_is_worth_nothing_once_the_session_has_ended()
    {
        var token = await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default);
        await SessionBench.EndAsync(_hub.Database, _bench.Session.Id);
        Assert.Equal(("Token validation failed", "session_ended"), await WordsAsync(token));
        Assert.Null(await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default));
    }

    [Fact]
    public async Task A_session_that_waits_for_its_turn_has_no_token()
    {
        var queued = await SessionBench.QueuedAsync(_hub.Database, SessionBench.Asked("acc_1", AgentTokenBench.Place));
        Assert.Null(await _bench.Tokens.IssueAsync(queued.Id, AgentScopes.All, default));
        Assert.Null(await _bench.Tokens.IssueAsync("ags_none", AgentScopes.All, default));
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.Tokens.IssueAsync(_bench.Session.Id, ["files:write"], default));
    }

    [Fact]
    public async Task Refusals_have_their_words()
    {
        foreach (var none in new[] { null, "" }) Assert.Equal(("No agent token found", "missing"), await WordsAsync(none));
        Assert.Equal(("Tool requires workspace-agent tier", "tier"), await WordsAsync(_bench.Token(claims: _bench.Claims(c => c["tier"] = "wojak").ToJsonString())));
        Assert.Equal(("Token validation failed", "not_three_parts"), await WordsAsync("x"));
        var refused = Assert.IsType<AgentTokenReading.Refused>(await _bench.VerifyAsync(_bench.Token(), "ws_2"));
        Assert.Equal(("Access denied to run ws_2", "workspace"), (refused.Words, refused.Reason));
        Assert.Equal("scope", Assert.IsType<AgentTokenReading.Refused>(await _bench.VerifyAsync(_bench.Token(), scope: AgentScopes.DocumentsWrite)).Reason);
    }

    [Fact]
    public async Task Two_hubs_take_each_others_for_nothing()
    {
        await using var hub = await WorkspaceHub.OpenAsync();
        using var other = await AgentTokenBench.OpenAsync(hub);
        Assert.Equal("header", (await WordsAsync(await other.Tokens.IssueAsync(other.Session.Id, AgentScopes.All, default))).Reason);
    }

    [Fact]
    public async Task The_key_is_a_file_for_the_hub_alone_and_no_other_key_of_it()
    {
        await _bench.Tokens.IssueAsync(_bench.Session.Id, AgentScopes.All, default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_hub["keys/session-tokens.pem"]));
        using var audit = SigningKey.LoadOrCreate(new AuditPlaces(_hub[""], _hub["checkpoints"]));
        Assert.NotEqual(_bench.KeyId, audit.Public.Id);
    }

    [Fact]
    public async Task On_PostgreSQL_every_node_signs_with_one_sealed_key()
    {
        await using var hub = await WorkspaceHub.OpenAsync(TestStore.Postgres);
        var keys = new KeptKeys();
        using var first = await AgentTokenBench.OpenAsync(hub, keys);
        using var second = await AgentTokenBench.OpenAsync(hub, keys);
        Assert.Equal("session-tokens", Assert.Single(keys.Names));
        Assert.False(File.Exists(hub["keys/session-tokens.pem"]));
        var token = await first.Tokens.IssueAsync(first.Session.Id, AgentScopes.All, default);
        Assert.IsType<AgentTokenReading.Accepted>(await second.VerifyAsync(token));
        await SessionBench.EndAsync(hub.Database, first.Session.Id);
        Assert.Equal("session_ended", Assert.IsType<AgentTokenReading.Refused>(await second.VerifyAsync(token)).Reason);
    }

    private async Task<(string Words, string Reason)> WordsAsync(string? token) => await _bench.VerifyAsync(token) is AgentTokenReading.Refused refused ? (refused.Words, refused.Reason) : ("", "accepted");

    private sealed class KeptKeys : ISharedKeys
    {
        private readonly Dictionary<string, string> _kept = [];

        public IEnumerable<string> Names => _kept.Keys;

        public string? Find(string name) => _kept.GetValueOrDefault(name);

        public IReadOnlyList<string> List(string prefix) => [];

        public void Add(string name, string secret) => _kept.TryAdd(name, secret);
    }
}
