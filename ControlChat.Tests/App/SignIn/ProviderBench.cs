using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>A hub that knows one provider of the tests' own, and a browser on its way between them.</summary>
public abstract class ProviderBench : IAsyncLifetime
{
    protected const string Start = "/signin/test-id";

    /// <summary>More settings of the hub.</summary>
    protected string[] Ways { get; init; } = [];

    protected FakeTime Time { get; } = new();

    protected TestProvider Provider { get; private set; } = null!;

    protected TestHub? Hub { get; private set; }

    protected TestBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Provider = await TestProvider.StartAsync(Time);

    public async ValueTask DisposeAsync()
    {
        Browser?.Dispose();
        if (Hub is not null) await Hub.DisposeAsync();
        await Provider.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task OpenAsync(params string[] settings) => OpenAsync(Provider, Time, settings);

    protected async Task OpenAsync(TestProvider provider, TimeProvider time, params string[] settings)
    {
        Hub = await TestHub.StartAsync(time, [.. provider.Settings(settings), .. Ways, "--Logging:LogLevel:Default=Trace"]);
        Browser = new TestBrowser(Hub.Url);
    }

    /// <summary>To the provider and back: what the hub answers to the callback.</summary>
    protected async Task<Shown> GoAsync(string start) => await Browser.GetAsync(await CallbackAsync(Browser, start));

    protected async Task<string> CallbackAsync(TestBrowser? browser = null, string start = Start)
    {
        var there = await (browser ?? Browser).GetAsync(start);
        return (await (browser ?? Browser).GetAsync(there.Location ?? throw new InvalidOperationException($"{start} answered {there.Status}: {there.Text}"))).Location!;
    }

    protected async Task RefusedAsync(string reason)
    {
        var refused = await GoAsync(Start);
        Assert.Equal($"/signin?failed={reason}&with=test-id", refused.Location);
        Assert.Equal(200, (await Browser.GetAsync(refused.Location!)).Status);
        Assert.Null(await Browser.MeAsync());
        Assert.Equal("signin.failed", (await EventsAsync())[^1]);
    }

    protected async Task<string> RoleAsync() => (await Browser.MeAsync())!["account"]!["role"]!.ToString();

    protected async Task<Account> MakeAsync(string email) =>
        Assert.IsType<PersonChange.Done>(await Hub!.Services.GetRequiredService<People>().CreateAsync(null, email, "Mara", "member", false, default)).Account;

    protected async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await Hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
    }
}
