namespace ControlChat.App.Layout;

/// <summary>Where the frame takes its facts from, for the person of this circuit. Scoped: one per circuit or request.</summary>
public interface IShellFacts
{
    /// <summary>What is known without asking the database: nothing waits yet.</summary>
    ShellFacts Now { get; }

    /// <summary>Reads the facts now. Called at first render and after each <see cref="Changed"/>.</summary>
    ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Raised, on any thread and at most a few times a second, when a fact may have moved.</summary>
    event Action? Changed;
}

/// <summary>The facts of a hub nobody has wired yet: no account, nothing waits.</summary>
internal sealed class NeutralShellFacts : IShellFacts
{
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public ShellFacts Now => ShellFacts.Neutral;

    public ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken) => new(Now);
}
