namespace ControlChat.App.Layout;

/// <summary>
/// What stands in the dock beside every page. Whoever owns Ask registers one; the component takes no parameters, draws its own
/// head (class conv-head) and asks <see cref="Dock"/>, which it receives as a cascading value, to close.
/// </summary>
public interface IDockContent
{
    /// <summary>The name of the chat with an agent, which takes the place of Ask while it is open (<see cref="AgentSlot"/>).</summary>
    const string Agent = "Agent";

    /// <summary>The name of Ask.</summary>
    const string Ask = "Ask";

    /// <summary>A component type without parameters.</summary>
    Type Component { get; }

    /// <summary>Which of the two it is: <see cref="Ask"/> or <see cref="Agent"/>.</summary>
    string Name => Ask;
}

/// <summary>The dock as its content sees it.</summary>
public sealed class Dock(Func<Task> close, Func<Task> open)
{
    public Task CloseAsync() => close();

    /// <summary>Ask stands beside the pages from now on; on its own page nothing shows until the reader goes elsewhere.</summary>
    public Task OpenAsync() => open();
}
