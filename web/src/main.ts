import './styles/tokens.css';
import './styles/components.css';
import './styles/studio.css';
import { mount } from 'svelte';
import App from './App.svelte';

export default mount(App, { target: document.body });
