using System.Security.Cryptography;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

public sealed class SharedKeysTests : IAsyncLifetime
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly List<PostgresHubDatabase> _open = [];
    private string _at = "";

    public async ValueTask InitializeAsync() => _at = await PostgresForTests.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open) await database.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
    }

    [Fact]
    public void What_is_sealed_opens_with_the_same_key_under_the_same_name_only()
    {
        var seal = Seal();
        var text = seal.Seal("a", "secret");
        Assert.Equal("secret", seal.Open("a", text));
        Assert.NotEqual(text, seal.Seal("a", "secret"));
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.ThrowsAny<CryptographicException>(() => seal.Open("b", text));
        Assert.ThrowsAny<CryptographicException>(() => seal.Open("a", text[..^4] + "AAAA"));
        Assert.ThrowsAny<CryptographicException>(() => seal.Open("a", "v1."));
        Assert.ThrowsAny<CryptographicException>(() => KeySeal.Of(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))!.Open("a", text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hunter2")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_is_exactly_32_bytes_in_base64(string key) => Assert.Null(KeySeal.Of(key));

    [Fact]
    public void All_processes_sign_the_record_with_one_key_which_the_table_does_not_tell()
    {
        using var first = SigningKey.LoadOrCreate(Places());
        using var second = SigningKey.LoadOrCreate(Places());
        Assert.Equal(first.Public.Id, second.Public.Id);
        Assert.Equal(first.Public.Id, SigningKey.PublicOf(Places())!.Id);
        using var connection = new NpgsqlConnection(_at + ";Pooling=false");
        var row = connection.QuerySingle<string>("select name || ' ' || sealed from hub_keys");
        Assert.StartsWith("audit-signing v1.", row, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", row, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_key_there_is_no_public_half() => Assert.Null(SigningKey.PublicOf(Places()));

    [Fact]
    public void Another_key_encryption_key_is_named_as_the_fault()
    {
        Keys().Add("a", "secret");
        var other = new PostgresKeys(Database(), KeySeal.Of(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))!);
        Assert.Contains("Hub:KeyEncryptionKey", Assert.Throws<CryptographicException>(() => other.Find("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_of_a_name_stays_and_a_prefix_lists_its_own()
    {
        var keys = Keys();
        keys.Add("p/b", "2");
        keys.Add("p/a", "1");
        keys.Add("q/c", "3");
        keys.Add("p/a", "later");
        Assert.Equal(["1", "2"], keys.List("p/"));
        Assert.Equal("1", keys.Find("p/a"));
        Assert.Null(keys.Find("p/z"));
    }

    private AuditPlaces Places() => new("/nowhere", "/nowhere") { SharedKeys = Keys() };

    private PostgresKeys Keys() => new(Database(), Seal());

    private KeySeal Seal() => KeySeal.Of(Convert.ToBase64String(_key))!;

    private PostgresHubDatabase Database()
    {
        _open.Add(new PostgresHubDatabase(_at, TimeProvider.System));
        return _open[^1];
    }
}
