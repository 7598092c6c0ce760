using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Accounts;

public sealed class OwnKeysTests
{
    [Fact]
    public async Task A_person_makes_sees_and_revokes_tokens_and_a_token_cannot()
    {
        await using var hub = await TestHub.StartAsync();
        var keys = hub.Services.GetRequiredService<OwnKeys>();
        var (token, secret) = await keys.CreateTokenAsync(hub.Person, new ApiTokenRequest("ci", TokenScopes.All, 7), CancellationToken.None);
        var asToken = (await hub.Services.GetRequiredService<ApiTokens>().AuthenticateAsync(secret, CancellationToken.None))!;
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.CreateTokenAsync(asToken, new ApiTokenRequest("more"), CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.RevokeTokenAsync(asToken, token.Id, CancellationToken.None));
        Assert.Equal([token.Id], (await keys.ListTokensAsync(hub.Person, CancellationToken.None)).Select(t => t.Id));
        Assert.True(await keys.RevokeTokenAsync(hub.Person, token.Id, CancellationToken.None));
        Assert.Null(await hub.Services.GetRequiredService<ApiTokens>().AuthenticateAsync(secret, CancellationToken.None));
    }

    [Fact]
    public async Task An_open_page_of_a_browser_that_was_signed_out_manages_no_keys()
    {
        await using var hub = await TestHub.StartAsync();
        var keys = hub.Services.GetRequiredService<OwnKeys>();
        var (token, _) = await keys.CreateTokenAsync(hub.Person, new ApiTokenRequest("ci"), CancellationToken.None);
        await hub.SignInAsync();
        var other = hub.Person with { AuthSessionId = (await keys.ListBrowsersAsync(hub.Person, CancellationToken.None))[0].Id };
        Assert.True(await keys.EndBrowserAsync(other, hub.Person.AuthSessionId!, CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.CreateTokenAsync(hub.Person, new ApiTokenRequest("left behind", TokenScopes.All, 365), CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.RevokeTokenAsync(hub.Person, token.Id, CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.EndBrowserAsync(hub.Person, other.AuthSessionId!, CancellationToken.None));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.EndAllBrowsersAsync(hub.Person, CancellationToken.None));
        Assert.Equal(["ci"], (await keys.ListTokensAsync(other, CancellationToken.None)).Where(t => t.RevokedAt is null).Select(t => t.Name));
        Assert.Single(await keys.ListBrowsersAsync(other, CancellationToken.None));
    }

    [Fact]
    public async Task The_database_holds_no_secret_in_clear()
    {
        await using var hub = await TestHub.StartAsync();
        var (_, secret) = await hub.Services.GetRequiredService<OwnKeys>().CreateTokenAsync(hub.Person, new ApiTokenRequest("ci"), CancellationToken.None);
        var cookie = hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single()["cc=".Length..];
        await hub.StopAsync();
        foreach (var file in Directory.EnumerateFiles(hub.DataDirectory, "hub.db*"))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain(secret["cct_".Length..], text, StringComparison.Ordinal);
            Assert.DoesNotContain(cookie, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Queued_work_keeps_its_persons_rights_after_sign_out_and_loses_them_when_the_browser_was_revoked()
    {
        await using var hub = await TestHub.StartAsync();
        var keys = hub.Services.GetRequiredService<OwnKeys>();
        await hub.SignInAsync();
        var other = (await keys.ListBrowsersAsync(hub.Person, CancellationToken.None))[0];
        Assert.NotEqual(hub.Person.AuthSessionId, other.Id);
        Assert.True(await keys.EndBrowserAsync(hub.Person, other.Id, CancellationToken.None));
        Assert.Null(await FindAsync(hub, other.Id));

        Assert.Equal(hub.Person.AuthSessionId, (await FindAsync(hub, hub.Person.AuthSessionId!))!.AuthSessionId);
        Assert.True(await keys.EndBrowserAsync(hub.Person, hub.Person.AuthSessionId!, CancellationToken.None));
        var after = await FindAsync(hub, hub.Person.AuthSessionId!);
        Assert.Null(after!.AuthSessionId);
        Assert.Equal(DateTimeOffset.UnixEpoch, after.AuthTime);
        await using var reader = await hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        Assert.Null(await hub.Services.GetRequiredService<IPrincipals>().ReloadAsync(reader, hub.Person, CancellationToken.None));
    }

    private static async Task<Principal?> FindAsync(TestHub hub, string sessionId)
    {
        await using var reader = await hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await hub.Services.GetRequiredService<IPrincipals>().FindAsync(reader, hub.Person.AccountId, null, sessionId, CancellationToken.None);
    }
}
