using Bunit;
using ControlChat.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.App.Layout;

/// <summary>A page with the shell's services, a clock that stands still and facts a test can move.</summary>
internal class ShellPage : BunitContext
{
    public ShellPage()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddSingleton<IShellFacts>(Facts);
        Services.AddShell();
    }

    public FakeTime Time { get; } = new();

    public MovableFacts Facts { get; } = new();

    internal sealed class MovableFacts : IShellFacts
    {
        public event Action? Changed;

        public ShellFacts Now { get; private set; } = ShellFacts.Neutral;

        public void Move(ShellFacts facts)
        {
            Now = facts;
            Changed?.Invoke();
        }

        public ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken) => new(Now);
    }
}
