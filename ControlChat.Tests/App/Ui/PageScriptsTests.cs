using ControlChat.App.Ui;
using Microsoft.JSInterop;
using Xunit;

namespace ControlChat.Tests.App.Ui;

/// <summary>Speaking to a page that may be gone.</summary>
public sealed class PageScriptsTests
{
    [Fact]
    public async Task A_page_that_is_gone_is_no_fault_and_answers_nothing()
    {
        var page = new Page(new JSDisconnectedException("The circuit is gone."));
        await ((IJSRuntime)page).TellAsync("a");
        await ((IJSRuntime)page).TellAsync("a", TestContext.Current.CancellationToken);
        await ((IJSObjectReference)page).TellAsync("a");
        await page.DetachAsync();
        Assert.Null(await ((IJSRuntime)page).AskAsync<string>("a"));
        Assert.Null(await ((IJSRuntime)page).AskAsync<string>("a", TestContext.Current.CancellationToken));
        Assert.False(await ((IJSObjectReference)page).AskAsync<bool>("a"));
        Assert.Equal(7, page.Calls);
    }

    [Fact]
    public async Task An_error_of_the_script_is_thrown()
    {
        IJSRuntime page = new Page(new JSException("No such function."));
        await Assert.ThrowsAsync<JSException>(() => page.TellAsync("a"));
    }

    private sealed class Page(Exception fault) : IJSRuntime, IJSObjectReference
    {
        public int Calls { get; private set; }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args)
        {
            Calls++;
            throw fault;
        }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);

        public ValueTask DisposeAsync() => ValueTask.FromException(fault);
    }
}
