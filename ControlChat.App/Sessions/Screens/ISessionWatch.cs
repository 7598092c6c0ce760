namespace ControlChat.App.Sessions.Screens;

/// <summary>Who looks at which session: what a page shows is not ended because its chat beside another page was closed.</summary>
public interface ISessionWatch
{
    /// <summary>A page shows it, until what is given back is disposed of.</summary>
    IDisposable Watch(string sessionId);
}
