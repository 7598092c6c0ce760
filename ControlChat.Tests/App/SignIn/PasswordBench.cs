using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>A hub whose people have passwords, one of them Mara, and a browser that nobody is signed in in.</summary>
public abstract class PasswordBench : IAsyncLifetime
{
    protected const string Email = "mara@halden.example";
    protected const string Password = "four words in a row";

    protected FakeTime Time { get; } = new();

    protected TestHub Hub { get; private set; } = null!;

    protected TestBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Hub = await TestHub.StartAsync(Time, ["--SignIn:Password=true", "--Logging:LogLevel:Default=Trace"]);
        Browser = new TestBrowser(Hub.Url);
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await Hub.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected People People => Hub.Services.GetRequiredService<People>();

    protected Task<IReadOnlyList<Account>> PeopleAsync() => People.ListAsync(null, default);

    protected async Task<string> LinkAsync() => await MakeAsync(Email, "member");

    protected async Task<string> MakeAsync(string email, string role) => $"/set-password#t={Assert.IsType<PersonChange.Done>(await People.CreateAsync(Hub.Person, email, "Mara Kowalski", role, true, default)).LinkToken}";

    protected async Task<string> NewLinkAsync(string id) => $"/set-password#t={Assert.IsType<PersonChange.Done>(await People.CreateLinkAsync(Hub.Person, id, false, default)).LinkToken}";

    protected Task<Shown> ChooseAsync(string link, string password, TestBrowser? browser = null) => (browser ?? Browser).SubmitAsync(link, ("password", password), ("repeat", password));

    protected async Task SetAsync()
    {
        using var first = new TestBrowser(Hub.Url);
        Assert.Equal(303, (await ChooseAsync(await LinkAsync(), Password, first)).Status);
    }

    protected async Task<Principal> PersonAsync(TestBrowser browser) => (await Hub.Services.GetRequiredService<BrowserSessions>().AuthenticateAsync(Cookie(browser), default))!;

    protected static string Cookie(TestBrowser browser) => browser.Cookies.GetAllCookies().Single(c => c.Name == "cc").Value;

    protected async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
    }
}
